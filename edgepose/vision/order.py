"""The order of frames among several workers: answers leave as their frames were taken.

Owns the places of the frames that workers have in their hands, and the answers that wait for an
earlier one. An answer waits only for frames that were taken before its own and of which nothing is
known yet. `take`, `take_now`, `answered` and `leave` may be called from any thread; `emit` is
called on that of whoever brought the answer that was waited for, by one thread at a time.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from edgepose.vision.frame import Frame
from edgepose.vision.slot import Slot

A = TypeVar("A")


class Order(Generic[A]):
    """Stands between the slot and the workers, and hands `emit` each answered frame in order.

    At most `workers` answers wait. So a worker whose answers must wait for another worker comes
    to a stop, and what is in flight has a bound: those answers, and for each worker the frame that
    it brings an answer for and the one that its engine looks at.
    """

    def __init__(self, slot: Slot[Frame], workers: int, emit: Callable[[Frame, A], None]) -> None:
        self._slot = slot
        self._most = workers
        self._emit = emit
        self._turn = threading.Condition()
        self._next_turn = self._last_turn = 0
        """Among those who wait for a frame; the same where nobody does."""
        self._changed = threading.Condition()
        self._places: dict[int, tuple[Frame, A] | None] = {}
        """By the frame's number, in order; None while nothing is known of it."""

    def take(self) -> Frame | None:
        """Wait for a frame and take it. None once the slot is closed and empty.

        Whoever has waited longest gets it: an engine follows a person from one of its frames to
        its next, so none must go without for long.
        """
        with self._turn:
            turn = self._last_turn
            self._last_turn += 1
            self._turn.wait_for(lambda: self._next_turn == turn)
        try:
            return self._with_place(self._slot.take())
        finally:
            with self._turn:
                self._next_turn += 1
                self._turn.notify_all()

    def take_now(self) -> Frame | None:
        """Take the frame that lies there. None where none does, or another worker waits for it."""
        with self._turn:
            if self._next_turn != self._last_turn:
                return None
            return self._with_place(self._slot.take_now())

    def _with_place(self, frame: Frame | None) -> Frame | None:
        # Before anybody else may take one: no later frame may come by this one.
        if frame is not None:
            with self._changed:
                self._places[frame.number] = None
        return frame

    def answered(self, frame: Frame, answer: A) -> None:
        """Give the answer to a frame that was taken; it is handed on when it is its turn.

        Waits while too many answers wait.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_first(frame) or self._waiting() < self._most)
            self._places[frame.number] = frame, answer
            self._release()

    def leave(self, frame: Frame) -> None:
        """Say that there will be no answer; nothing, if that is known or there was one."""
        with self._changed:
            if self._places.get(frame.number, ()) is None:
                del self._places[frame.number]
                self._release()

    def _is_first(self, frame: Frame) -> bool:
        return next(iter(self._places)) == frame.number

    def _waiting(self) -> int:
        return sum(place is not None for place in self._places.values())

    def _release(self) -> None:
        try:
            while self._places and (ready := next(iter(self._places.values()))) is not None:
                frame, answer = ready
                del self._places[frame.number]
                self._emit(frame, answer)
        finally:
            self._changed.notify_all()
