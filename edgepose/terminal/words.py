"""The same without a terminal's arts: one line of now, and the few lines that stay at the end.

Pure. Any log takes these lines: they are ASCII but for what others wrote.
"""

from edgepose.messages.pose import Pose
from edgepose.terminal import standing
from edgepose.terminal.fleet import Fleet
from edgepose.terminal.inbox import Inbox, Numbers
from edgepose.terminal.report import Report


def status_line(seconds: float, pose: Pose | None, numbers: Numbers) -> str:
    """What is received now, `seconds` after the start."""
    parts = [f"{seconds:4.0f} s"]
    if pose is None:
        parts.append(f"no pose yet, device {numbers.availability or 'not connected'}")
    elif numbers.availability == "offline":
        parts.append("device offline")
    else:
        count = len(pose.people)
        parts += [
            f"{numbers.rate or 0:5.1f} poses/s",
            f"{count} {'person' if count == 1 else 'people'}",
            f"delay {_decimal(numbers.delay_ms)} ms",
            f"packed {numbers.packed_bytes or '-'} B",
            f"json {numbers.json_bytes or '-'} B",
        ]
    if numbers.presence is not None:
        parts.append(f"presence {standing.there(numbers)}")
    if numbers.notice is not None:
        parts.append(f"picture shared: {', '.join(numbers.notice.ways)}")
    if numbers.report is not None:
        parts.append(_equation(numbers.report))
        parts += numbers.report.why
    return "  ".join(parts)


def device_line(numbers: Numbers) -> str:
    """How a device of a fleet is, without what changes from moment to moment."""
    count = None if numbers.presence is None else numbers.presence.count
    parts = [
        standing.online(numbers),
        f"status {standing.status(numbers)}",
        f"presence {standing.there(numbers)}",
        f"people {'-' if count is None else count}",
        "picture shared" if standing.picture(numbers) else "",
        "; ".join(numbers.report.why) if numbers.report is not None else "",
    ]
    return "  ".join(filter(None, parts))


def watched(seconds: float, fleet: Fleet) -> list[str]:
    """What was received of all devices."""
    devices = fleet.devices()
    everyone = [inbox.numbers() for inbox in devices.values()]
    lines = [
        f"{fleet.poses:,} {'pose' if fleet.poses == 1 else 'poses'} from {len(devices):,}"
        f" {'device' if len(devices) == 1 else 'devices'} in {seconds:.1f} s"
    ]
    for name in ("missing", "unreadable"):
        if count := sum(getattr(numbers, name) for numbers in everyone):
            lines.append(f"{name.ljust(12)} {count:,}")
    return lines


def summary(seconds: float, inbox: Inbox, last_report: Report | None) -> list[str]:
    """What was received, after the last message came.

    `last_report` is the one that the daemon made at its end, None where it made none.
    """
    numbers = inbox.numbers()
    lines = [f"{seconds:.1f} s", f"received     {numbers.poses:,} poses"]
    if last_report is not None:
        lines = [
            f"{last_report.captured:,} frames in {seconds:.1f} s",
            f"received     {numbers.poses:,} of {last_report.published:,} published poses",
            f"not sent     {', '.join(_drops(last_report)) or 'none'}",
            f"unexplained  {last_report.unexplained_at_the_end:,}",
        ]
    delay = _decimal(inbox.overall_delay_ms())
    return [
        *lines,
        f"delay        {delay} ms from capture to here, median",
        f"messages     {numbers.packed_bytes or '-'} bytes packed,"
        f" {numbers.json_bytes or '-'} bytes json",
    ]


def _equation(report: Report) -> str:
    terms = [f"published {report.published}", *_drops(report)]
    if report.in_flight:
        terms.append(f"in flight {report.in_flight}")
    return f"captured {report.captured} = {' + '.join(terms)}, {report.unexplained} unexplained"


def _drops(report: Report) -> list[str]:
    return [f"{name} {count}" for name, count in report.drops.items() if count]


def _decimal(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
