"""How a device is, in a word, and which of many is the worst.

Pure; any thread.
"""

from collections.abc import Mapping
from typing import Final

from edgepose.terminal.inbox import Numbers

UNKNOWN: Final = "-"
FINE: Final = 3


def in_order(fleet: Mapping[str, Numbers]) -> list[tuple[str, Numbers]]:
    """The worst first: offline, not well, losing something, the rest; by name among those."""
    return sorted(fleet.items(), key=lambda each: (severity(each[1]), each[0]))


def severity(numbers: Numbers) -> int:
    """How bad it is; 0 is the worst, and from `FINE` on all is well."""
    if numbers.availability == "offline":
        return 0
    report = numbers.report
    if report is not None and report.status not in ("ok", "paused"):
        return 1
    return 2 if numbers.missing or numbers.unreadable else FINE


def online(numbers: Numbers) -> str:
    """Whether the device is there, as far as it said."""
    return numbers.availability or UNKNOWN


def status(numbers: Numbers) -> str:
    """How the device is in one word."""
    return numbers.report.status if numbers.report is not None else UNKNOWN


def why(numbers: Numbers) -> str:
    """What is wrong with the device, or with what comes of it."""
    found = list(numbers.report.why) if numbers.report is not None else []
    if numbers.unreadable:
        found.append(f"{numbers.unreadable:,} unreadable")
    return "; ".join(found)


def there(numbers: Numbers) -> str:
    """Whether somebody counts as there."""
    presence = numbers.presence
    if presence is None or presence.present is None:
        return UNKNOWN
    return "yes" if presence.present else "no"


def picture(numbers: Numbers) -> str:
    """Whether the camera's picture can be had; nothing where not, as mostly."""
    return "shared" if numbers.notice is not None else ""


def people(numbers: Numbers) -> int | None:
    """How many count as there; where nobody says that, how many are in the newest pose."""
    return numbers.people if numbers.presence is None else numbers.presence.count
