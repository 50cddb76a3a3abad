"""The shared page of counters: 4 KB that outlive the vision process.

A memfd that the daemon makes for each run of the vision process and both map. Each number is
an aligned u64 that only the vision process writes and the daemon reads; x86-64 and arm64 store
and load it whole. So neither a full link nor a SIGKILL hides how many frames went where.
"""

import mmap
import os
import threading
from typing import Final, Literal, get_args

Counter = Literal["captured", "paced", "busy", "refused", "engine_lost", "link_full"]
"""What the vision process counts: frames, and the frames that went no further."""
Sign = Literal[
    "captured_ns", "answered_ns", "answered_frame", "view", "suspect_ns", "aim_mhz", "pictures"
]
"""Vital signs: CLOCK_BOOTTIME of the newest frame and of the newest answer, the number of the
frame that was answered, the place in `VIEWS` of what is in view, CLOCK_BOOTTIME of the newest frame
that may show nothing while that is not judged yet, the rate that is aimed at, in thousandths of
a frame a second, and how many pictures were encoded for whoever asked for them."""
View = Literal["unknown", "ok", "dark", "covered", "frozen"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
"""What the pictures show: unknown before enough of them were seen, frozen where they are the same
to the last bit."""

COUNTERS: Final[tuple[Counter, ...]] = get_args(Counter)
_SLOTS: Final = {name: i for i, name in enumerate((*COUNTERS, *get_args(Sign)))}
_MISSED: Final = len(_SLOTS)
"""One more than the frames missed; 0 while nothing tells how many there were."""
_SIZE: Final = 4096


class Page:
    """One side's mapping of the page. `count` may be called from any thread."""

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, _SIZE)
        self._words = memoryview(self._map).cast("Q")
        self._lock = threading.Lock()

    @staticmethod
    def create() -> int:
        """A new page, all zeros; the caller closes the descriptor."""
        fd = os.memfd_create("edgepose-page")
        os.ftruncate(fd, _SIZE)
        return fd

    def count(self, name: Counter) -> None:
        """Add one."""
        slot = _SLOTS[name]
        with self._lock:
            self._words[slot] += 1

    def miss(self, frames: int) -> None:
        """Add frames that the camera made and we never saw; 0 says that there were none."""
        with self._lock:
            self._words[_MISSED] = (self._words[_MISSED] or 1) + frames

    @property
    def missed(self) -> int | None:
        """What `miss` added up; None if it was never called."""
        stored = self._words[_MISSED]
        return stored - 1 if stored else None

    def sign(self, name: Sign, value: int) -> None:
        """Write a vital sign."""
        self._words[_SLOTS[name]] = value

    def __getitem__(self, name: Counter | Sign) -> int:
        return self._words[_SLOTS[name]]

    def counters(self) -> dict[Counter, int]:
        """All counters. `captured` is read last: a frame may be counted as captured without its
        outcome, never the other way round."""
        return {name: self[name] for name in reversed(COUNTERS)}

    def close(self) -> None:
        """Unmap the page."""
        self._words.release()
        self._map.close()
