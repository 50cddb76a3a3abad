"""Clocks. CLOCK_BOOTTIME orders and measures everything; Unix time is for messages only."""

import time
from datetime import UTC, datetime
from typing import Final

_NOT_BEFORE_US: Final = 1_790_000_000_000_000
"""September 2026. A wall clock that shows an earlier time has not been set since the Pi, which
has no battery for it, was switched on."""


def boottime_ns() -> int:
    """CLOCK_BOOTTIME in nanoseconds: rises always, also while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def unix_us(boot_ns: int) -> int:
    """Unix time in microseconds of the moment that CLOCK_BOOTTIME showed `boot_ns`."""
    return (time.time_ns() - boottime_ns() + boot_ns) // 1000


def is_unset(at_us: int) -> bool:
    """Whether a Unix time in microseconds shows that the wall clock is not set."""
    return at_us < _NOT_BEFORE_US


def iso(at_us: int) -> str:
    """A Unix time in microseconds as ISO 8601 in UTC with milliseconds, as in `/health`."""
    moment = datetime.fromtimestamp(at_us / 1e6, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
