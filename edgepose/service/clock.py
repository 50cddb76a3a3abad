"""Clocks. CLOCK_BOOTTIME orders and measures everything; Unix time is for messages only.

Runs on the daemon's loop.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from edgepose.wall_clock import is_unset, iso

__all__ = ["STEP_US", "boottime_ns", "is_unset", "iso", "unix_us", "watch_steps"]

STEP_US: Final = 1_000_000
"""By so much a wall clock is set, not slewed."""
_LOOK_S: Final = 2.0


def boottime_ns() -> int:
    """CLOCK_BOOTTIME in nanoseconds: rises always, also while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def unix_us(boot_ns: int) -> int:
    """Unix time in microseconds of the moment that CLOCK_BOOTTIME showed `boot_ns`."""
    return (time.time_ns() - boottime_ns() + boot_ns) // 1000


async def watch_steps(stepped: Callable[[int], None]) -> None:
    """Call `stepped` soon after each time that the wall clock was set, for ever, with the
    microseconds by which it went forward. A time server may find nothing to set: then it is known
    from that moment on that the clock is right, which is told by a 0."""
    known = unix_us(0)
    was_unset = is_unset(unix_us(boottime_ns()))
    while True:
        await asyncio.sleep(_LOOK_S)
        now = unix_us(0)
        unset = is_unset(unix_us(boottime_ns()))
        if abs(now - known) >= STEP_US or unset != was_unset:
            known, by_us, was_unset = now, now - known, unset
            stepped(by_us if abs(by_us) >= STEP_US else 0)
