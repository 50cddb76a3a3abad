"""The wall clock: what time it is for people, and whether anybody has set it.

For messages and words only: nothing waits by it or is judged by it, because it jumps. Whatever
else reads it has its reason in `tests/test_wall_clock.py`. Runs on any thread; raises nothing.
"""

import time
from datetime import UTC, datetime
from typing import Final

_NOT_BEFORE_US: Final = 1_790_000_000_000_000
"""September 2026. A wall clock that shows an earlier time has not been set since the Pi, which
has no battery for it, was switched on."""


def now_us() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1000


def is_unset(at_us: int) -> bool:
    """Whether a Unix time in microseconds shows that the wall clock is not set."""
    return at_us < _NOT_BEFORE_US


def iso(at_us: int) -> str:
    """A Unix time in microseconds as ISO 8601 in UTC with milliseconds, as in `/health`."""
    moment = datetime.fromtimestamp(at_us / 1e6, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
