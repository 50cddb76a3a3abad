"""Which frames are looked at, and which an engine gets: idle in an empty room, until it moves.

Owns the rates that the daemon wants, and what moved last. `set_rate` may be called on any thread,
all else on the capture thread. Raises nothing.
"""

from typing import Final

from edgepose.messages.control import SetRate
from edgepose.messages.page import Page
from edgepose.vision.glance import Glance
from edgepose.vision.known import ALL, Known
from edgepose.vision.motion import Motion
from edgepose.vision.pacer import Pacer

LOOKS: Final = 15.0
"""Glances a second: of a camera with fewer frames every one is looked at."""
HOLD_S: Final = 5.0
"""So long after the last motion it goes at full rate: the daemon has heard of a person by then."""


class Attention:
    """Asked for each frame in order: `wants`, then `see` where it `looks`, then `takes`.

    A frame in which something moves is taken itself, so nobody who comes in waits for the idle
    rate. The rate that is aimed at stands in the page as `aim_mhz`.
    """

    def __init__(self, rate: float, page: Page) -> None:
        self.looks = False
        """Whether a glance at the newest frame is wanted."""
        self.takes = False
        """Whether an engine is to get the newest frame."""
        self._order = SetRate(rate)
        self._page = page
        self._pacer = Pacer(rate)
        self._looks = Pacer(LOOKS)
        self._motion = Motion()
        self._moved_ns: int | None = None
        self._idle = False

    def set_rate(self, order: SetRate) -> None:
        """Go at these rates, from the next frame on."""
        # One assignment: the capture thread sees the old rates or the new ones.
        self._order = order

    def wants(self, captured_ns: int) -> bool:
        """Say whether the picture of the frame captured at this moment (CLOCK_BOOTTIME) is wanted,
        be it for a glance only."""
        self._aim(captured_ns)
        self.looks = self._looks.wants(captured_ns)
        self.takes = self._pacer.wants(captured_ns)
        return self.looks or self.takes

    def see(self, glance: Glance, captured_ns: int, known: Known = ALL) -> None:
        """Take in the glance at the frame that `wants` was asked for, of which this is `known`."""
        if not self._motion.see(glance, known):
            return
        self._moved_ns = captured_ns
        if self._idle:
            self._aim(captured_ns)
            if not self.takes:
                self._pacer.take(captured_ns)
                self.takes = True

    def _aim(self, captured_ns: int) -> None:
        order = self._order
        if self._moved_ns is not None and not 0 <= captured_ns - self._moved_ns <= HOLD_S * 1e9:
            # Long ago; or the stamps of the camera went back.
            self._moved_ns = None
        moves = self._moved_ns is not None
        self._idle = order.idle_rate is not None and not moves
        rate = order.rate if order.idle_rate is None or moves else order.idle_rate
        self._pacer.set_rate(rate)
        self._page.sign("aim_mhz", round(1000 * rate))
