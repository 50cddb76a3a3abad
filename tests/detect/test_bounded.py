"""What waits between two threads is no more than may wait."""

import threading
from collections.abc import Generator

import pytest

from edgepose.detect.bounded import Bounded
from edgepose.detect.reading.ahead import Ahead
from tests.harness.wait import wait_for


def test_what_is_too_much_waits_until_there_is_room() -> None:
    queue: Bounded[int] = Bounded(2)
    laid: list[int] = []

    def put() -> None:
        for n in range(4):
            queue.put(n)
            laid.append(n)

    thread = threading.Thread(target=put)
    thread.start()
    wait_for(lambda: len(laid) == 2, 5, "two things")
    assert queue.get() == 0
    wait_for(lambda: len(laid) == 3, 5, "the third one")
    assert [queue.get() for _ in range(3)] == [1, 2, 3]
    thread.join()
    queue.end()
    assert queue.get() is None


def test_nobody_wants_any_more() -> None:
    queue: Bounded[int] = Bounded(1)
    queue.put(1)
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(queue.put(2)))
    thread.start()
    queue.drop()
    thread.join()
    assert (done, queue.get(), queue.put(3)) == ([False], None, False)


def test_what_is_read_ahead_comes_in_order_and_is_closed() -> None:
    closed = threading.Event()

    def numbers() -> Generator[int, None, None]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    ahead = Ahead(numbers())
    read = iter(ahead)
    assert [next(read) for _ in range(9)] == [*range(9)]
    assert not closed.is_set()
    ahead.close()
    assert closed.is_set()


def test_what_reading_raises_is_raised_behind_what_was_read() -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        raise OSError("it is gone")

    read = iter(Ahead(broken()))
    assert next(read) == 1
    with pytest.raises(OSError, match="it is gone"):
        next(read)
