"""How many frames a second are wanted: all while somebody is there, few in an empty room, and fewer
where the kernel holds the machine back.

Owns that decision; who is there is the scene's to say, and what moves the vision process sees by
itself. Runs on the daemon's loop; raises nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edgepose.messages.control import SetRate
from edgepose.service import thermal
from edgepose.service.clock import boottime_ns
from edgepose.service.governor import Governor

LINGER_S: Final = 10.0
"""Full rate so long after somebody was seen, also where nobody counts as there."""
LOOK_S: Final = 3.0
"""Between two looks at what the kernel says."""

log = logging.getLogger(__name__)


class Pace:
    """`send` is called with the rates when they are others, `changed` when health is."""

    def __init__(self, send: Callable[[SetRate], None], changed: Callable[[], None]) -> None:
        self._send = send
        self._changed = changed
        self._governor = Governor()
        self._rate = self._idle_rate = 0.0
        self._seen_ns: int | None = None
        self._word: int | None = None
        self._sent: SetRate | None = None

    def want(self, rate: float, idle_rate: float) -> None:
        """Go at these rates from now on: config keys `camera.rate`, `camera.idle_rate`."""
        self._rate, self._idle_rate = rate, idle_rate
        self._decide(boottime_ns())

    def observed(self, somebody: bool, now_ns: int) -> None:
        """A frame was looked at; whether somebody is seen in it, or counts as there."""
        if somebody:
            self._seen_ns = now_ns
        self._decide(now_ns)

    @property
    def lowered(self) -> str | None:
        """How far the rate is lowered and why, for a person; None where it is not."""
        if not self._governor.lowers or not self._rate:
            return None
        still, was = ("still ", "was ") if self._governor.clear else ("", "")
        reasons = ", ".join(self._governor.reasons).replace("_", " ")
        return f"rate {still}lowered to {self._full():.3g}/s: {was}{reasons}"

    async def run(self) -> None:
        """Look at what the kernel says, for ever."""
        while True:
            self.look(boottime_ns())
            await asyncio.sleep(LOOK_S)

    def look(self, now_ns: int, root: Path = thermal.ROOT) -> None:
        """Lower the rate where the machine is held back, raise it where it no longer is."""
        before, self._word = self._word, thermal.throttling(root)
        held_back = thermal.throttled(self._word if before is None else before, self._word)
        was = self._governor.unsettled
        if self._governor.look(held_back, now_ns, self._rate, self._idle_rate):
            self._decide(now_ns)
            self._changed()
        self._tell(was, root)

    def _tell(self, was: bool, root: Path) -> None:
        # When it begins and when it ends; in between, and how often, health tells.
        if self._governor.unsettled and not was:
            degrees = thermal.temperature_c(root)
            at = "" if degrees is None else f" (processor at {degrees:.0f} °C)"
            log.warning("the machine is held back%s: %s", at, self.lowered)
        elif was and not self._governor.unsettled:
            log.info("the machine is no longer held back: for an hour at %.3g/s", self._rate)

    def _full(self) -> float:
        # What takes the frames as fast as they are used is there for measuring.
        return self._governor.limit(self._rate, self._idle_rate) if self._rate else 0.0

    def _decide(self, now_ns: int) -> None:
        rate, seen_ns = self._full(), self._seen_ns
        there = seen_ns is not None and now_ns - seen_ns <= LINGER_S * 1e9
        idles = rate > self._idle_rate and not there
        order = SetRate(rate, self._idle_rate if idles else None)
        if order != self._sent:
            self._sent = order
            self._send(order)
