"""A queue between two threads that holds no more than so many things, and can be dropped.

Raises nothing; any thread. How large the pictures in it may be is for `Allowance`.
"""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """First in, first out. `most`: how many things may wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._dropped = False

    def put(self, thing: T) -> bool:
        """Wait for room and lay it there; False where nobody wants any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._dropped or len(self._waiting) < self._most)
            if self._dropped:
                return False
            self._waiting.append(thing)
            self._changed.notify_all()
            return True

    def get(self) -> T | None:
        """Wait for the next one; None after the last one."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended or self._dropped)
            if self._dropped or not self._waiting:
                return None
            thing = self._waiting.popleft()
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
