"""How hot the machine is and what holds it back, as the kernel tells it.

Reads /sys; where in it something stands is looked for once. Runs on any thread; raises nothing:
what is not told is None.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edgepose.service.clock import boottime_ns

ROOT: Final = Path("/")
_THROTTLED: Final = ("under_voltage", "frequency_capped", "throttled", "soft_temperature_limit")
"""The bits of the firmware's word: 0 to 3 what is so now, 16 to 19 what was so since the start of
the machine (Raspberry Pi documentation, vcgencmd get_throttled). Where the kernel's driver for the
voltage is at work, it clears these every two seconds."""
WORDS: Final = {
    "under_voltage": "under-voltage: the power supply or its cable is too weak",
    "frequency_capped": "the firmware caps the processor's speed",
    "throttled": "throttled: too hot, or too little power",
    "soft_temperature_limit": "hot: the processor slows down",
}
"""What each of them means, for a person."""
AGAIN_S: Final = 60.0
"""What was not found may come later, with its driver."""


def temperature_c(root: Path = ROOT) -> float | None:
    """Degrees Celsius of the processor, or of the first zone that tells, where none is its."""
    for zone in _ZONES.under(root):
        with contextlib.suppress(ValueError):
            return int(_text(zone / "temp")) / 1000
    return None


def throttling(root: Path = ROOT) -> int | None:
    """What holds the machine back, as bits of the firmware's word; None where this is no Pi.

    The kernel calls the file of that word deprecated, for which it complains once in its log, but
    tells of nothing but the voltage elsewhere. Each kernel has the one or the other or both.
    """
    told: list[int] = []
    for file in _WORDS.under(root):
        with contextlib.suppress(ValueError):
            told.append(int(_text(file), 16))
            break
    for file in _ALARMS.under(root):
        with contextlib.suppress(ValueError):
            told.append(int(int(_text(file)) != 0))
            break
    return None if not told else told[0] | told[-1]


def throttled(before: int | None, after: int | None) -> tuple[str, ...]:
    """What held the processor back, by the words before and after."""
    if before is None or after is None:
        return ()
    held_back = after | (after & ~before) >> 16
    return tuple(name for bit, name in enumerate(_THROTTLED) if held_back >> bit & 1)


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        # Not on this machine, hidden from this user, or just gone.
        return ""


def _zones(root: Path) -> list[Path]:
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*"))
    # A stable sort: the processor's zone first, all others as the kernel counts them.
    return sorted(zones, key=lambda zone: "cpu" not in _text(zone / "type"))


def _words(root: Path) -> list[Path]:
    # soc/soc:firmware, on a Pi 5 soc@107c000000/soc@107c000000:firmware
    return sorted((root / "sys/devices/platform").glob("soc*/*firmware*/get_throttled"))


def _alarms(root: Path) -> list[Path]:
    # raspberrypi-hwmon (the kernel's documentation of it): 1 while the voltage is too low.
    names = sorted((root / "sys/class/hwmon").glob("hwmon*/name"))
    return [name.with_name("in0_lcrit_alarm") for name in names if _text(name) == "rpi_volt\n"]


class _Places:
    """Where something stands in /sys, by the root of it."""

    def __init__(self, find: Callable[[Path], list[Path]]) -> None:
        self._find = find
        self._found: dict[Path, tuple[list[Path], int]] = {}

    def under(self, root: Path) -> list[Path]:
        """All of them, as they were found; none are looked for again, after a while."""
        now_ns = boottime_ns()
        found, looked_ns = self._found.get(root, ([], None))
        if looked_ns is None or (not found and now_ns - looked_ns >= AGAIN_S * 1e9):
            found = self._find(root)
            self._found[root] = found, now_ns
        return found


_ZONES: Final = _Places(_zones)
_WORDS: Final = _Places(_words)
_ALARMS: Final = _Places(_alarms)
