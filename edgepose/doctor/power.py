"""Heat and power, as the Pi's firmware tells them.

Reads /sys. Runs on any thread. Raises nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgepose.doctor.finding import Finding, failure, ok, warning
from edgepose.service.thermal import ROOT, temperature_c, throttled, throttling

HOT_C: Final = 80
"""Where a Pi begins to slow down (its documentation, "Frequency management and thermal
control")."""
_POWER: Final = (
    "Use the power supply made for this Pi, with a short cable, and unplug what draws from its USB."
)
_HEAT: Final = "Give it a heat sink or a fan, or a place with more air."
_MEANT: Final = {
    "under_voltage": ("its voltage is too low", _POWER),
    "frequency_capped": ("the firmware caps its speed", _POWER),
    "throttled": ("the firmware slows it down", _HEAT),
    "soft_temperature_limit": ("it is hot and slows down", _HEAT),
}
"""Each name of `service/thermal.py`, for a person, and what helps."""
_PAST: Final = {
    "under_voltage": "its voltage was too low",
    "frequency_capped": "the firmware has capped its speed",
    "throttled": "the firmware has slowed it down",
    "soft_temperature_limit": "it was hot and has slowed down",
}


def look(root: Path = ROOT) -> Iterator[Finding]:
    """What holds the machine back, and what did so before: for how long that is remembered, nobody
    knows; where the kernel's driver for the voltage is at work, for two seconds."""
    word, degrees = throttling(root), temperature_c(root)
    heat = "" if degrees is None else f", {degrees:.0f} °C"
    hot = degrees is not None and degrees >= HOT_C
    now = throttled(word, word)
    # What was so before stands 16 bits higher.
    past = [] if word is None else [n for n in throttled(word >> 16, word >> 16) if n not in now]
    for name in now:
        told, todo = _MEANT[name]
        yield (failure if name == "under_voltage" else warning)("power", f"now {told}{heat}", todo)
    if past:
        told = ", ".join(_PAST[name] for name in past)
        helps = dict.fromkeys(_MEANT[name][1] for name in past)
        yield warning("power", f"before, {told}{heat}", *helps)
    if hot and not {"throttled", "soft_temperature_limit"} & {*now, *past}:
        yield warning("power", f"it is hot: {degrees:.0f} °C", _HEAT)
    elif not now and not past:
        if word is None:
            yield ok("power", f"nobody tells: this is no Pi{heat}")
        else:
            yield ok("power", f"nothing holds it back now{heat}")
