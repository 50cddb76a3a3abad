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
    microseconds by which it went forward."""
    known = unix_us(0)
    while True:
        await asyncio.sleep(_LOOK_S)
        now = unix_us(0)
        if abs(now - known) >= STEP_US:
            known, by_us = now, now - known
            stepped(by_us)
