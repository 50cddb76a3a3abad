"""Reads on a thread of its own, some pictures ahead of whoever looks at them.

Owns the thread. What the generator raises is raised where it is read.
"""

import threading
from collections.abc import Generator, Iterator
from typing import Final, Generic, TypeVar

from edgepose.detect.bounded import Bounded

T = TypeVar("T")
MOST: Final = 64
"""Pictures that wait, where they are small."""


class Ahead(Generic[T]):
    """What `source` yields, in its order. Close it, from any thread."""

    def __init__(self, source: Generator[T, None, None]) -> None:
        self._source = source
        self._queue: Bounded[T] = Bounded(MOST)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="reading", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for each in self._source:
                if not self._queue.put(each):
                    break
        except BaseException as error:  # noqa: BLE001 - raised again where it is read
            self._error = error
        finally:
            self._source.close()
            self._queue.end()

    def __iter__(self) -> Iterator[T]:
        while (each := self._queue.get()) is not None:
            yield each
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Read no more, and wait for the file that is open to be closed."""
        self._queue.drop()
        self._thread.join()
