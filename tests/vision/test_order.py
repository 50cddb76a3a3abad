"""The order of frames among workers: a row again, no one waits for nothing, nothing piles up."""

import random
import sys
import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.vision.frame import Frame
from edgepose.vision.order import Order
from edgepose.vision.slot import Slot
from tests.harness.wait import wait_for

LIMIT_S = 30
WORKERS = 3


def frame(number: int) -> Frame:
    return Frame(np.zeros((1, 1, 3), np.uint8), number, number)


class Desk:
    """An order with a slot before it, and what it handed on."""

    def __init__(self, workers: int = WORKERS) -> None:
        self.handed: list[tuple[int, str]] = []
        self.slot: Slot[Frame] = Slot()
        self.order: Order[str] = Order(self.slot, workers, self._emit)

    def _emit(self, frame: Frame, answer: str) -> None:
        self.handed.append((frame.number, answer))

    def take(self, *numbers: int) -> list[Frame]:
        """Frames with these numbers, each laid into the slot and taken."""
        taken = []
        for number in numbers:
            assert self.slot.put(frame(number)) is None
            taken.append(self.order.take_now())
        return [one for one in taken if one is not None]


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def finish(*threads: threading.Thread) -> None:
    """Wait for all of them; the limit only turns a hang into a failure."""
    for thread in threads:
        thread.join(LIMIT_S)
    assert not any(thread.is_alive() for thread in threads)


def waits(thread: threading.Thread) -> bool:
    """Whether a thread stands in `Condition.wait`."""
    at = sys._current_frames().get(thread.ident or 0)
    return at is not None and at.f_code is threading.Condition.wait.__code__


def takes(thread: threading.Thread) -> bool:
    """Whether a thread stands somewhere in `Order.take`."""
    at = sys._current_frames().get(thread.ident or 0)
    while at is not None and at.f_code is not Order.take.__code__:
        at = at.f_back
    return at is not None


def test_an_answer_waits_for_the_frame_that_was_taken_before() -> None:
    desk = Desk()
    first, second, third = desk.take(0, 1, 5)
    desk.order.answered(second, "b")
    desk.order.answered(third, "c")
    assert desk.handed == []
    desk.order.answered(first, "a")
    assert desk.handed == [(0, "a"), (1, "b"), (5, "c")]


def test_a_later_frame_is_not_waited_for() -> None:
    desk = Desk()
    first, _ = desk.take(0, 1)
    desk.order.answered(first, "a")
    assert desk.handed == [(0, "a")]


def test_a_frame_without_an_answer_leaves_at_once() -> None:
    desk = Desk()
    first, second, third = desk.take(0, 1, 2)
    desk.order.answered(third, "c")
    # Not the first: nothing to wait for, and nothing to say of it.
    desk.order.leave(second)
    assert desk.handed == []
    desk.order.leave(first)
    assert desk.handed == [(2, "c")]


def test_leaving_twice_or_after_an_answer_is_nothing() -> None:
    desk = Desk()
    first, second = desk.take(0, 1)
    desk.order.answered(second, "b")
    desk.order.leave(second)
    desk.order.leave(first)
    desk.order.leave(first)
    assert desk.handed == [(1, "b")]


def test_with_one_worker_nothing_waits() -> None:
    desk = Desk(1)
    for number in range(5):
        (one,) = desk.take(number)
        desk.order.answered(one, "x")
        assert desk.handed[-1] == (number, "x")


def test_what_comes_next_is_for_the_worker_that_waits() -> None:
    desk = Desk()
    taken: list[Frame | None] = []
    waiting = started(lambda: taken.append(desk.order.take()))
    desk.slot.put(frame(0))
    finish(waiting)
    assert [one.number for one in taken if one is not None] == [0]
    assert desk.order.take_now() is None


def test_a_closed_slot_sends_every_waiting_worker_home() -> None:
    desk = Desk()
    taken: list[Frame | None] = []
    waiting = [started(lambda: taken.append(desk.order.take())) for _ in range(WORKERS)]
    desk.slot.close()
    finish(*waiting)
    assert taken == [None] * WORKERS


def test_two_workers_with_little_to_do_take_turns() -> None:
    """Each engine follows a person from one of its frames to its next: none must miss many."""
    desk = Desk(2)
    takers: list[int] = []

    def work(name: int) -> None:
        while (one := desk.order.take()) is not None:
            takers.append(name)
            desk.order.answered(one, "x")

    threads = [started(partial(work, name)) for name in range(2)]
    for number in range(20):
        wait_for(lambda: all(map(takes, threads)), LIMIT_S, "both to be free")
        desk.slot.put(frame(number))
        wait_for(lambda n=number: len(desk.handed) > n, LIMIT_S, "the answer")  # type: ignore[misc]
    desk.slot.close()
    finish(*threads)
    assert all(a != b for a, b in pairwise(takers))


@pytest.mark.parametrize("comes", [True, False])
def test_a_worker_stops_where_too_many_answers_wait(comes: bool) -> None:
    """Until the frame that is waited for is answered or given up."""
    desk = Desk(2)
    first, *others = desk.take(*range(4))
    for one in others[:2]:
        desk.order.answered(one, "early")
    late = started(lambda: desk.order.answered(others[2], "late"))
    wait_for(lambda: waits(late), LIMIT_S, "the worker that waits")
    # The first one never waits, whoever else does.
    if comes:
        desk.order.answered(first, "first")
    else:
        desk.order.leave(first)
    finish(late)
    assert desk.handed[-3:] == [(1, "early"), (2, "early"), (3, "late")]
    assert (0, "first") in desk.handed or not comes


def test_an_answer_that_cannot_be_handed_on_does_not_hold_the_others() -> None:
    numbers: list[int] = []

    def emit(frame: Frame, _answer: str) -> None:
        numbers.append(frame.number)
        if frame.number == 1:
            raise RuntimeError("no")

    slot: Slot[Frame] = Slot()
    order: Order[str] = Order(slot, 3, emit)
    taken = []
    for number in range(4):
        slot.put(frame(number))
        taken.append(order.take())
    first, second, third, fourth = (one for one in taken if one is not None)
    order.answered(third, "x")
    order.answered(second, "x")
    with pytest.raises(RuntimeError):
        order.answered(first, "x")
    order.answered(fourth, "x")
    assert numbers == [0, 1, 2, 3]


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_all_that_can_be_handed_on_has_been(data: st.DataObject) -> None:
    """After each step, against a list of what is known in the order of taking."""
    workers = data.draw(st.integers(1, 4))
    desk = Desk(workers)
    known: dict[int, str | None] = {}
    open_: dict[int, Frame] = {}
    expected: list[tuple[int, str]] = []
    number = 0
    for _ in range(data.draw(st.integers(0, 40))):
        step = data.draw(st.sampled_from(["take", "answer", "leave"]))
        if step == "take":
            number += data.draw(st.integers(1, 3))
            (open_[number],) = desk.take(number)
            known[number] = None
        elif open_:
            chosen = data.draw(st.sampled_from(sorted(open_)))
            waiting = sum(answer is not None for answer in known.values())
            if step == "leave":
                desk.order.leave(open_.pop(chosen))
                del known[chosen]
            elif chosen == next(iter(known)) or waiting < workers:
                known[chosen] = f"answer {chosen}"
                desk.order.answered(open_.pop(chosen), f"answer {chosen}")
        while known and (answer := known[first := next(iter(known))]) is not None:
            expected.append((first, answer))
            del known[first]
        assert desk.handed == expected


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_threads_bring_it_all_in_order(workers: int) -> None:
    frames = 3000
    desk = Desk(workers)
    left: list[int] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        order = desk.order
        while (looking := order.take()) is not None:
            done: Frame | None = looking
            while done is not None:
                following = order.take_now()
                if chance.random() < 0.1:
                    left.append(done.number)
                    order.leave(done)
                else:
                    order.answered(done, f"{seed}")
                done = following

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [started(partial(work, seed)) for seed in range(workers)]
        assert all(desk.slot.put_wait(frame(number)) is None for number in range(frames))
        desk.slot.close()
        finish(*threads)
    finally:
        sys.setswitchinterval(before)
    numbers = [number for number, _ in desk.handed]
    assert all(a < b for a, b in pairwise(numbers))
    assert sorted(numbers + left) == list(range(frames))
    assert {who for _, who in desk.handed} == {str(seed) for seed in range(workers)}
