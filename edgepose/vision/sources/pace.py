"""Waiting for each frame's time, for the sources that have no camera to wait for.

Owns the schedule; what is shown belongs to the source. Runs on the capture thread, raises nothing.
"""

import threading
import time
from collections.abc import Iterator


def base(due_ns: int, interval_ns: int, now_ns: int) -> int:
    """Say from where the next frame's time counts, after a frame due at `due_ns` went at `now_ns`.

    From its due time, so that small delays do not add up; from now, if it was late by more than
    the interval before it, so that a pause is not followed by a burst.
    """
    return now_ns if now_ns - due_ns > interval_ns else due_ns


class Pace:
    """An absolute schedule of frames that may have different intervals, on CLOCK_BOOTTIME.

    From any frame to any later one at least the sum of the intervals between them passes, less
    the interval before the first of the two: a late frame may be followed early by the next.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._base_ns: int | None = None

    def wait(self, interval_ns: int) -> int | None:
        """Wait until `interval_ns` after the frame before; give CLOCK_BOOTTIME nanoseconds.

        The first frame is due at once. None as soon as `stop` is set. Interval 0 never waits.
        """
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        due_ns = now_ns if self._base_ns is None else self._base_ns + interval_ns
        while not self._stop.is_set():
            if now_ns >= due_ns:
                self._base_ns = base(due_ns, interval_ns, now_ns)
                return now_ns
            # Event.wait may return a little early; the loop looks again.
            self._stop.wait((due_ns - now_ns) / 1e9)
            now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return None


def ticks(rate: float, stop: threading.Event) -> Iterator[int]:
    """Yield CLOCK_BOOTTIME nanoseconds, `rate` times a second, until `stop` is set.

    Rate 0 never waits. The schedule is that of `Pace`.
    """
    interval_ns = round(1e9 / rate) if rate else 0
    pace = Pace(stop)
    while (now_ns := pace.wait(interval_ns)) is not None:
        yield now_ns
