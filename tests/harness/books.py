"""The sums that must hold, written out a second time, not taken from the code."""

import os
from pathlib import Path

from edgepose.messages.page import Page

LOST = ("paced", "busy", "refused", "engine_lost", "link_full", "crashed")
FATES = ("published", "offline", "backpressure", "unchanged", "stale")


def unexplained(counters: dict[str, int]) -> tuple[int, int]:
    """How many frames and how many observations the books do not explain."""
    lost = sum(counters[name] for name in LOST)
    frames = counters["captured"] - lost - counters["observed"] - counters["in_flight"]
    return frames, counters["observed"] - sum(counters[name] for name in FATES)


def page_of(pid: int) -> Page:
    """The shared page of a running vision process, found among its open files."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if "edgepose-page" in str(link.readlink()):
            fd = os.open(link, os.O_RDWR)
            try:
                return Page(fd)
            finally:
                os.close(fd)
    raise AssertionError(f"process {pid} has no page")
