"""Reads on a thread of its own, some pictures ahead of whoever looks at them.

Owns the thread and how much may wait. What the generator raises is raised where it is read.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST_BYTES: Final = 96_000_000
"""Of pictures that wait: fifteen of Full HD. One is read ahead whatever it weighs."""
MOST: Final = 64


class Ahead(Generic[T]):
    """What `source` yields, in its order. `weigh`: bytes of one. Close it, from any thread."""

    def __init__(self, source: Generator[T, None, None], weigh: Callable[[T], int]) -> None:
        self._source = source
        self._weigh = weigh
        self._waiting: deque[T] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._done = False
        self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for each in self._source:
                if not self._put(each):
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where it is read
            self._error = error
        finally:
            self._source.close()
            with self._changed:
                self._done = True
                self._changed.notify_all()

    def _put(self, each: T) -> bool:
        weight = self._weigh(each)
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._closed
                    or not self._waiting
                    or (self._bytes + weight <= MOST_BYTES and len(self._waiting) < MOST)
                )
            )
            self._waiting.append(each)
            self._bytes += weight
            self._changed.notify_all()
            return not self._closed

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._done)
                if not self._waiting:
                    break
                each = self._waiting.popleft()
                self._bytes -= self._weigh(each)
                self._changed.notify_all()
            yield each
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Read no more, and wait for the file that is open to be closed."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        self._thread.join()
