"""Waiting for each frame's time, for the sources that have no camera to wait for."""

import threading
import time
from collections.abc import Iterator


def ticks(rate: float, stop: threading.Event) -> Iterator[int]:
    """Yield CLOCK_BOOTTIME nanoseconds, `rate` times a second, until `stop` is set.

    Rate 0 never waits. The schedule is absolute, so that small delays do not add up; after a
    pause longer than one interval it starts afresh, so that a pause is not followed by a burst.
    """
    interval_ns = round(1e9 / rate) if rate else 0
    due_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    while not stop.is_set():
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        if now_ns < due_ns:
            # Event.wait may return a little early; the loop looks again.
            stop.wait((due_ns - now_ns) / 1e9)
            continue
        yield now_ns
        due_ns = max(due_ns + interval_ns, now_ns - interval_ns)
