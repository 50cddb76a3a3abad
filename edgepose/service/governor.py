"""Fewer frames while the kernel holds the machine back, so that it is not held back for ever.

Owns how far the rate is lowered. Reads no clock and no file: both are given to it. Pure; runs on
the daemon's loop, raises nothing.
"""

from typing import Final

_STEP: Final = 2 / 3
STEP_S: Final = 10.0
"""Between two steps down: the processor takes that long to cool."""
CLEAR_S: Final = 60.0
"""Before each step up: one that is taken too early is taken back, again and again."""
RELAPSE_S: Final = 600.0
"""Held back so soon after a step up, that was too early: the next is waited for twice as long."""
LONGEST_CLEAR_S: Final = 3600.0
"""The longest wait for a step up; and whatever was learnt is forgotten when so much time has passed
since the last step, and since anything held the machine back."""
SLOWEST: Final = 2.0
"""Frames a second below which the rate is not lowered, nor below the idle rate."""


class Governor:
    """Tells what the rate is to be. `reasons` are those for which it was lowered last.

    `unsettled`: from the first step down until it is known that the machine bears the full rate,
    for an hour. A machine without enough air may be held back many times meanwhile.
    """

    def __init__(self) -> None:
        self.reasons: tuple[str, ...] = ()
        self.unsettled = False
        self._steps = 0
        self._stepped_ns = 0
        self._up_ns: int | None = None
        """Of the last step up, where that may still turn out to have been too early."""
        self._changed_ns = 0
        """Of the last step or the last time that something held it back."""
        self._wait_s = CLEAR_S
        self._clear_ns: int | None = None
        """Since when nothing holds the machine back."""

    @property
    def lowers(self) -> bool:
        """Whether the rate is lowered."""
        return self._steps > 0

    @property
    def clear(self) -> bool:
        """Whether nothing holds the machine back any more, and the rate is still lowered."""
        return self._clear_ns is not None

    def limit(self, rate: float, idle_rate: float) -> float:
        """The rate to go at where `rate` is wanted, frames a second."""
        return max(rate * _STEP**self._steps, min(rate, max(SLOWEST, idle_rate)))

    def look(self, held_back: tuple[str, ...], now_ns: int, rate: float, idle_rate: float) -> bool:
        """Take in what holds the machine back at `now_ns` (CLOCK_BOOTTIME), where these rates are
        wanted; whether there is something new to say."""
        before, was_clear = self.limit(rate, idle_rate), self.clear
        if held_back:
            self._held_back(held_back, now_ns, before > min(rate, max(SLOWEST, idle_rate)))
        else:
            self._free(now_ns)
        return (self.limit(rate, idle_rate), self.clear) != (before, was_clear)

    def _held_back(self, reasons: tuple[str, ...], now_ns: int, may_step: bool) -> None:
        self.reasons, self._clear_ns, self._changed_ns = reasons, None, now_ns
        up_ns, self._up_ns = self._up_ns, None
        if up_ns is not None and now_ns - up_ns < RELAPSE_S * 1e9:
            self._wait_s = min(2 * self._wait_s, LONGEST_CLEAR_S)
        rested = not self._steps or now_ns - self._stepped_ns >= STEP_S * 1e9
        if rested and may_step:
            self._steps += 1
            self._stepped_ns = now_ns
            self.unsettled = True

    def _free(self, now_ns: int) -> None:
        if now_ns - self._changed_ns >= LONGEST_CLEAR_S * 1e9:
            self._wait_s = CLEAR_S
            self.unsettled = self._steps > 0
        if self._clear_ns is None:
            self._clear_ns = now_ns if self._steps else None
        elif now_ns - self._clear_ns >= self._wait_s * 1e9:
            self._steps -= 1
            self._clear_ns = now_ns if self._steps else None
            self._up_ns = self._changed_ns = now_ns
