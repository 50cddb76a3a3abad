"""The wall clock: what time it is for people, and whether anybody has set it.

For messages and words only: nothing waits by it or is judged by it, because it jumps. Whatever
else reads it has its reason in `tests/test_wall_clock.py`. Runs on any thread; raises nothing.
"""

import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_NOT_BEFORE_US: Final = 1_790_000_000_000_000
"""September 2026. A wall clock that shows an earlier time has not been set since the Pi, which
has no battery for it, was switched on."""
_LOOK_S: Final = 1.0
"""Between two looks for a time server."""


def now_us() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1000


def is_unset(at_us: int) -> bool:
    """Whether the wall clock is not set, which shows this Unix time in microseconds."""
    return at_us < _NOT_BEFORE_US or _TIME_SERVER.is_missed()


class TimeServer:
    """Whether systemd-timesyncd is at work here and has reached no time server yet, on a machine
    without a clock of its own. What such a machine shows was saved before it was switched off.

    /run/systemd/timesync is timesyncd's runtime directory, in which it touches `synchronized` on
    each successful synchronization (systemd-timesyncd.service(8)). A Pi 5 has a clock, but seldom
    a battery for it. `root`: where /run and /sys are.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._folder = root / "run/systemd/timesync"
        self._clocks = root / "sys/class/rtc"
        self._missed = True
        self._looked_s: float | None = None

    def is_missed(self) -> bool:
        """As of a second ago, as this is asked for each pose. Once it is not, it stays so."""
        now_s = time.monotonic()
        if self._missed and (self._looked_s is None or now_s - self._looked_s >= _LOOK_S):
            self._looked_s = now_s
            self._missed = (
                self._folder.is_dir()
                and not (self._folder / "synchronized").exists()
                and not self._has_clock()
            )
        return self._missed

    def _has_clock(self) -> bool:
        for clock in self._clocks.glob("rtc*"):
            with contextlib.suppress(OSError, ValueError):
                if int((clock / "since_epoch").read_text()) * 1_000_000 >= _NOT_BEFORE_US:
                    return True
        return False


_TIME_SERVER: Final = TimeServer()


def iso(at_us: int) -> str:
    """A Unix time in microseconds as ISO 8601 in UTC with milliseconds, as in `/health`."""
    moment = datetime.fromtimestamp(at_us / 1e6, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
