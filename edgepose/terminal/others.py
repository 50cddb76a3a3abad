"""Who else is there, while the device that was named has not said anything.

Filled on the subscriber's thread, read on any other. Pure; raises nothing.
"""

from typing import Final

from edgepose.terminal.arrival import LONGEST_NAME, MOST_DEVICES
from edgepose.terminal.report import printable

_MOST_NAMES: Final = 8
"""Names that are told; how many more there are is a number."""


class Others:
    """The devices under `base` but `device`, by what comes on their availability."""

    def __init__(self, base: str, device: str) -> None:
        self._base = base
        self._device = device
        self._heard = False
        # Never changed, so that another thread can read it at any time.
        self._names: tuple[str, ...] = ()

    def look(self, topic: str, payload: bytes) -> None:
        """Take note of a message; an empty one on availability says that nobody has this name."""
        own = f"{self._base}/{self._device}/"
        if topic.startswith(own):
            self._heard = bool(payload) or topic != f"{own}availability"
            return
        name = topic.removeprefix(f"{self._base}/").removesuffix("/availability")
        if "/" in name or len(name) > LONGEST_NAME:
            return
        others = {*self._names} - {name}
        if payload and len(others) < MOST_DEVICES:
            others.add(name)
        self._names = tuple(sorted(others))

    @property
    def names(self) -> tuple[str, ...] | None:
        """Their names in order; None once something was heard of the device."""
        return None if self._heard else self._names


def listed(names: tuple[str, ...]) -> str:
    """The names in a line of words."""
    shown = ", ".join(map(printable, names[:_MOST_NAMES])) or "no device"
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown


def nothing_of(device: str, names: tuple[str, ...]) -> str:
    """What to say while nothing is heard of the device."""
    return f"nothing heard of {printable(device)} yet; heard of: {listed(names)}"
