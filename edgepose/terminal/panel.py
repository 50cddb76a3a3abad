"""The numbers beside the picture: what arrives, how the device is, where every frame went.

Pure: rows of text for a width and a height; where there is less room, the less important rows
are left out. Used by one thread.
"""

from textwrap import wrap
from typing import Final, NamedTuple

from rich.style import Style
from rich.text import Text

from edgepose.mqtt.topics import Topics
from edgepose.terminal.inbox import Numbers
from edgepose.terminal.notice import Notice
from edgepose.terminal.presence import Presence
from edgepose.terminal.report import WANTED, Report

WIDE: Final = 40
"""From this width on, the drops stand in two columns and words explain."""
_PLAIN: Final = Style()
_STRONG: Final = Style(bold=True)
_FAINT: Final = Style(dim=True)
_GOOD: Final = Style(color="green")
_BAD: Final = Style(color="red", bold=True)
_SO_SO: Final = Style(color="yellow")
_LABEL: Final = 14
_VALUE: Final = 7
_UNKNOWN: Final = "-"


class _Row(NamedTuple):
    text: Text
    rank: int = 0
    """The highest are left out first, all of them together; 0 never."""


def rows(numbers: Numbers, topics: Topics, width: int, height: int) -> list[Text]:
    """At most `height` rows, none wider than `width`."""
    report = numbers.report
    blocks = [_arriving(numbers, width), _topics(numbers, topics, width)]
    if numbers.notice is not None:
        blocks.insert(1, _notice(numbers.notice, width))
    offline = numbers.availability == "offline"
    gone = "offline" if offline else "" if numbers.connected else "no connection"
    if gone or numbers.presence is not None:
        blocks.insert(1, [*_people(numbers.presence, gone, width), *_event(numbers.event, width)])
    if gone:
        device = (
            _head("device", "offline", _BAD) if offline else _head("device", "not known", _SO_SO)
        )
        blocks.append([_Row(device)])
    if report is not None:
        blocks += [_device(numbers, report, width), _frames(report, numbers.report_s, width)]
    found = [row for block in blocks for row in (*block, _Row(Text(), 2))][:-1]
    while len(found) > height and (highest := max(row.rank for row in found)):
        found = [row for row in found if row.rank < highest]
    for row in found:
        row.text.truncate(width, overflow="ellipsis")
    return [row.text for row in found[:height]]


def _arriving(numbers: Numbers, width: int) -> list[_Row]:
    found = [
        _Row(_head("received here")),
        _Row(_pair("poses", _decimal(numbers.rate), "/s", _STRONG)),
        _Row(
            _pair(
                "delay",
                _decimal(numbers.delay_ms),
                "ms, capture to here" if width >= WIDE else "ms",
                _STRONG,
            )
        ),
    ]
    for name, count in (("missing", numbers.missing), ("unreadable", numbers.unreadable)):
        if count:
            found.append(_Row(_pair(name, f"{count:,}", "", _BAD)))
    return found


def _people(presence: Presence | None, gone: str, width: int) -> list[_Row]:
    """Who is there; None where nobody can know, because what is told of is `gone`."""
    if presence is None or presence.present is None:
        why = gone if presence is None else f"camera {presence.camera}"
        why = "paused" if presence is not None and presence.paused else why
        whole = _head("people", f"not known: {why}", _SO_SO)
        if whole.cell_len <= width:
            return [_Row(whole)]
        return [_Row(_head("people", "not known", _SO_SO)), *_wrapped(why, width, _SO_SO)]
    words, style = ("somebody is there", _GOOD) if presence.present else ("nobody is there", _PLAIN)
    return [
        _Row(_head("people", words, style)),
        _Row(_pair("count", _whole(presence.count), ""), 1),
    ]


def _event(event: str | None, width: int) -> list[_Row]:
    """What happened last; its reasons in a line of their own, as many of them as are whole."""
    if event is None:
        return []
    what, _, why = event.partition(": ")
    found = [_Row(Text.assemble(" ", ("last event".ljust(_LABEL), _FAINT), " ", what), 3)]
    if why:
        reasons = why.split(", ")
        while len(why) + 2 > width and len(reasons) > 1:
            reasons.pop()
            why = ", ".join((*reasons, "..."))
        found.append(_Row(Text(f"  {why}"), 3))
    return found


def _notice(notice: Notice, width: int) -> list[_Row]:
    """That the camera's picture can be had, which is never left out."""
    return [
        _Row(_head("picture shared", ", ".join(notice.ways), _SO_SO)),
        _Row(_pair("snapshots", _whole(notice.snapshots), "taken" * (width >= WIDE)), 1),
    ]


def _topics(numbers: Numbers, topics: Topics, width: int) -> list[_Row]:
    def row(topic: str, value: str, words: str, style: Style = _PLAIN, rank: int = 0) -> _Row:
        return _Row(_pair(topic.removeprefix(topics.root), value, words, style), rank)

    state = numbers.availability or _UNKNOWN
    good = _GOOD if state == "online" else _SO_SO
    # What is wrong comes first.
    troubled = int(numbers.report is not None and bool(numbers.report.why))
    json = "bytes" + ", json" * (width >= WIDE)
    return [
        _Row(_head("topics", f"{topics.root}/...", _FAINT), troubled),
        row(topics.pose, _whole(numbers.json_bytes), json, rank=troubled),
        row(topics.pose_packed, _whole(numbers.packed_bytes), "bytes", rank=troubled),
        row(topics.health, _whole(numbers.health_bytes), "bytes", rank=1),
        row(topics.availability, state, "", good, rank=1),
    ]


def _device(numbers: Numbers, report: Report, width: int) -> list[_Row]:
    style = {"ok": _GOOD, "starting": _SO_SO}.get(report.status, _BAD)
    found = [_Row(_head("device", report.status, style))]
    for why in report.why:
        found += _wrapped(why, width, _BAD)
    camera, wanted = report.camera_rate, report.wanted_rate
    if camera is not None and wanted is not None and wanted < 0.9 * camera:
        empty = numbers.presence is not None and numbers.presence.present is False
        words = f"looks at {wanted:g} of {camera:.0f} frames/s" + ": nobody is there" * empty
        found += _wrapped(words, width, _FAINT, rank=1)
    if width >= WIDE:
        found.append(_Row(_pair("camera", _decimal(report.camera_rate), "frames/s"), 3))
    engine = (" engine".ljust(_LABEL + 1), _FAINT) if width >= WIDE else " "
    return [*found, _Row(Text.assemble(engine, f"{report.engine}, model {report.model}"))]


def _frames(report: Report, age_s: float | None, width: int) -> list[_Row]:
    # What a broker had kept is of any age.
    age = "some time ago" if age_s is None else f"{age_s:.0f} s ago" if age_s >= 1 else ""
    found = [
        _Row(_head("every frame", age, _FAINT)),
        _Row(_count("captured", report.captured, _PLAIN)),
        _Row(_count("published", report.published, _PLAIN)),
    ]
    drops = [(name, count, _loss(name, count)) for name, count in report.drops.items()]
    drops.append(("in flight", report.in_flight, _PLAIN if report.in_flight else _FAINT))
    if width >= WIDE:
        half = (len(drops) + 1) // 2
        for i in range(half):
            text = _count(*drops[i])
            if i + half < len(drops):
                text.append_text(_count(*drops[i + half], label=13, value=5))
            found.append(_Row(text, 0 if any(d[1] for d in drops[i::half]) else 4))
    else:
        found += [_Row(_count(*drop), 0 if drop[1] else 4) for drop in drops]
    return [*found, _Row(_verdict(report, width))]


def _loss(name: str, count: int) -> Style:
    if not count:
        return _FAINT
    return _PLAIN if name in WANTED else _SO_SO


def _verdict(report: Report, width: int) -> Text:
    words = f"{report.unexplained:,} unexplained"
    if width >= WIDE:
        words = f"captured = all the others, {words}"
    return Text.assemble(" ", (words, _BAD if report.unexplained else _GOOD))


def _wrapped(words: str, width: int, style: Style, rank: int = 0) -> list[_Row]:
    """Words that are to be read in full, over as many rows as that takes."""
    return [_Row(Text(f" {line}", style), rank) for line in wrap(words, max(2, width - 1))]


def _head(name: str, words: str = "", style: Style = _PLAIN) -> Text:
    return Text.assemble((name, _STRONG), "  ", (words, style))


def _count(name: str, count: int, style: Style, label: int = _LABEL, value: int = _VALUE) -> Text:
    return Text.assemble(" ", (name.ljust(label), _FAINT), (f"{count:,}".rjust(value), style))


def _pair(label: str, value: str, words: str, style: Style = _PLAIN) -> Text:
    return Text.assemble(
        " ", (label.ljust(_LABEL), _FAINT), (value.rjust(_VALUE), style), (f" {words}", _FAINT)
    )


def _decimal(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f}"


def _whole(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value:,}"
