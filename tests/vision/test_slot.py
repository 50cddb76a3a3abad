"""The slot: the newest item, nothing lost from the sums, nobody left waiting."""

import threading
from collections.abc import Callable

import pytest

from edgepose.vision.slot import Slot


def started(*works: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    return threads


def finish(threads: list[threading.Thread]) -> None:
    """Wait for all of them; the limit only turns a hang into a failure."""
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def taken_from(slot: Slot[int]) -> list[int]:
    """Take until the slot is closed and empty."""
    items = []
    while (item := slot.take()) is not None:
        items.append(item)
    return items


def test_an_item_is_taken_once() -> None:
    slot: Slot[int] = Slot()
    assert slot.put(7) is None
    assert slot.take() == 7
    assert slot.put(8) is None
    assert slot.take() == 8


def test_the_newest_replaces_what_nobody_took() -> None:
    slot: Slot[int] = Slot()
    assert [slot.put(item) for item in range(4)] == [None, 0, 1, 2]
    assert slot.take() == 3


def test_what_lies_in_a_closed_slot_can_still_be_taken() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    slot.close()
    slot.close()
    assert slot.take() == 1
    assert slot.take() is None


def test_a_closed_slot_gives_the_item_back() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    slot.close()
    assert slot.put(2) == 2
    assert slot.put_wait(3) == 3
    assert slot.take() == 1


def test_taking_waits_for_an_item() -> None:
    slot: Slot[int] = Slot()
    items: list[int | None] = []
    takers = started(lambda: items.append(slot.take()))
    slot.put(5)
    finish(takers)
    assert items == [5]


def test_close_wakes_everybody_who_waits_for_an_item() -> None:
    slot: Slot[int] = Slot()
    items: list[int | None] = []
    takers = started(*[lambda: items.append(slot.take())] * 4)
    slot.close()
    finish(takers)
    assert items == [None] * 4


def test_close_wakes_everybody_who_waits_for_room() -> None:
    slot: Slot[int] = Slot()
    slot.put(0)
    back: list[int | None] = []
    putters = started(*[lambda: back.append(slot.put_wait(9))] * 4)
    slot.close()
    finish(putters)
    assert back == [9] * 4
    assert slot.take() == 0


@pytest.mark.parametrize("takers", [1, 3])
@pytest.mark.parametrize("putters", [1, 3])
def test_nothing_is_lost_to_those_who_wait_for_room(takers: int, putters: int) -> None:
    slot: Slot[int] = Slot()
    taken: list[list[int]] = []
    back: list[int | None] = []

    def put_share(share: range) -> None:
        back.extend([slot.put_wait(item) for item in share])

    taking = started(*[lambda: taken.append(taken_from(slot))] * takers)
    shares = [range(start, 1200, putters) for start in range(putters)]
    putting = started(*[lambda share=share: put_share(share) for share in shares])
    finish(putting)
    slot.close()
    finish(taking)
    assert back == [None] * 1200
    assert sorted(item for row in taken for item in row) == list(range(1200))
    if takers == putters == 1:
        assert taken == [list(range(1200))]


@pytest.mark.parametrize("takers", [1, 3])
def test_each_item_is_taken_or_given_back(takers: int) -> None:
    slot: Slot[int] = Slot()
    taken: list[list[int]] = []
    taking = started(*[lambda: taken.append(taken_from(slot))] * takers)
    replaced = [slot.put(item) for item in range(5000)]
    slot.close()
    finish(taking)
    busy = [item for item in replaced if item is not None]
    assert sorted(busy + [item for row in taken for item in row]) == list(range(5000))
    # Nobody sees an old item after a newer one.
    assert all(row == sorted(row) for row in taken)
