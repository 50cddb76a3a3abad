"""How hot the machine is and what holds it back, as the kernel tells it.

Reads /sys. Runs on any thread; raises nothing: what is not told is None.
"""

import contextlib
from pathlib import Path
from typing import Final

ROOT: Final = Path("/")
_THROTTLED: Final = ("under_voltage", "frequency_capped", "throttled", "soft_temperature_limit")
"""The bits of the firmware's word: 0 to 3 what is so now, 16 to 19 what was so since the start of
the machine (Raspberry Pi documentation, vcgencmd get_throttled)."""


def temperature_c(root: Path = ROOT) -> float | None:
    """Degrees Celsius of the processor, or of the first zone that tells, where none is its."""
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*"))
    # A stable sort: the processor's zone first, all others as the kernel counts them.
    zones.sort(key=lambda zone: "cpu" not in _text(zone / "type"))
    for zone in zones:
        with contextlib.suppress(ValueError):
            return int(_text(zone / "temp")) / 1000
    return None


def throttling(root: Path = ROOT) -> int | None:
    """The firmware's word on throttling; None where this is no Pi."""
    # soc/soc:firmware, on a Pi 5 soc@107c000000/soc@107c000000:firmware
    for file in sorted((root / "sys/devices/platform").glob("soc*/*firmware*/get_throttled")):
        with contextlib.suppress(ValueError):
            return int(_text(file), 16)
    return None


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
