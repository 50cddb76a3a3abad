"""The health message as a subscriber reads it, with the sums checked.

Pure; any thread. `read` raises ValueError on anything else than a health message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from edgepose.messages.page import COUNTERS
from edgepose.service.counters import Fate

_WAYS_OUT: Final = (*(name for name in COUNTERS if name != "captured"), "crashed")
_FATES: Final[tuple[str, ...]] = get_args(Fate)
WANTED: Final = ("paced", "unchanged")
"""Frames that nobody wanted; the other drops are losses."""


@dataclass(frozen=True, slots=True)
class Report:
    """How the device is. `why` says why it is not ok; `camera_rate` is in frames/s, and so is
    `wanted_rate`, None where all frames are looked at.

    `drops`: frames that reached no subscriber, under their names, zeros included.
    """

    status: str
    why: tuple[str, ...]
    camera_rate: float | None
    wanted_rate: float | None
    engine: str
    model: str
    captured: int
    published: int
    in_flight: int
    drops: Mapping[str, int]
    unexplained: int
    """By how many frames the two sums of the counters are off, in flight being an explanation."""

    @property
    def losses(self) -> int:
        """Frames that somebody would have wanted."""
        return sum(count for name, count in self.drops.items() if name not in WANTED)

    @property
    def unexplained_at_the_end(self) -> int:
        """The same for the last report of a daemon, when nothing is in flight any more."""
        return self.unexplained + abs(self.in_flight)


def read(body: Mapping[str, Any]) -> Report:
    """The report in the body of `/health`."""
    try:
        return _report(body, {name: int(count) for name, count in body["counters"].items()})
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not a health message: {error}") from None


def printable(text: object) -> str:
    """The text without what would do something to a terminal: anybody may write to a topic."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def _report(body: Mapping[str, Any], counters: Mapping[str, int]) -> Report:
    ways_out = sum(counters[name] for name in _WAYS_OUT)
    fates = sum(counters[name] for name in _FATES)
    captured, observed, in_flight = (
        counters[name] for name in ("captured", "observed", "in_flight")
    )
    rate, wanted = body["rate"]["camera"], body["rate"].get("wanted")
    return Report(
        status=printable(body["status"]),
        why=tuple(map(printable, body["why"])),
        camera_rate=None if rate is None else float(rate),
        wanted_rate=None if wanted is None else float(wanted),
        engine=printable(body["engine"] or "-"),
        model=printable(body["model"]),
        captured=captured,
        published=counters["published"],
        in_flight=in_flight,
        drops={n: counters[n] for n in (*_WAYS_OUT, *_FATES) if n != "published"},
        unexplained=abs(captured - ways_out - observed - in_flight) + abs(observed - fates),
    )
