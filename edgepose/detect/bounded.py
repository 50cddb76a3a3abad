"""A queue between two threads that holds no more than so many bytes of pictures.

Raises nothing; any thread.
"""

import threading
from collections import deque
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST_BYTES: Final = 64_000_000
"""Of what waits: ten pictures of Full HD. One may wait whatever it weighs."""


class Bounded(Generic[T]):
    """First in, first out. `most`: how many things may wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[tuple[T, int]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._ended = False
        self._dropped = False

    def put(self, thing: T, weight: int) -> bool:
        """Wait for room and lay it there; False where nobody wants any more. `weight` in bytes."""
        with self._changed:
            self._changed.wait_for(lambda: self._dropped or self._has_room(weight))
            if self._dropped:
                return False
            self._waiting.append((thing, weight))
            self._bytes += weight
            self._changed.notify_all()
            return True

    def _has_room(self, weight: int) -> bool:
        fits = self._bytes + weight <= MOST_BYTES and len(self._waiting) < self._most
        return fits or not self._waiting

    def get(self) -> T | None:
        """Wait for the next one; None after the last one."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended or self._dropped)
            if self._dropped or not self._waiting:
                return None
            thing, weight = self._waiting.popleft()
            self._bytes -= weight
            self._changed.notify_all()
            return thing

    def end(self) -> None:
        """Nothing more comes; what waits can still be had."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def drop(self) -> None:
        """Nobody wants any more, nor what waits."""
        with self._changed:
            self._dropped = True
            self._waiting.clear()
            self._changed.notify_all()
