"""A thread behind the sandbox, in a program that keeps its network.

Owns that thread: what is done there cannot reach a network, nor can the threads that a library
starts from there. Every other thread of the program is as it was. What hangs in there holds nobody
up: whoever waits can be interrupted, and the program can end.
"""

import atexit
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from functools import cache, partial
from queue import SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar

from edgepose.vision import sandbox

P = ParamSpec("P")
T = TypeVar("T")
Asked = SimpleQueue[tuple["Future[Any]", Callable[[], object]] | None]

ENDS_S: Final = 5.0
"""What is under way when a program ends, or when its wait was interrupted, has so long to be done:
longer than a look at the largest picture. What takes longer hangs, and is left behind."""


class Room:
    """Does one thing after the other, in the order in which they are asked for.

    Any thread may ask. Raises UserError where the kernel has no seccomp, and RuntimeError in a
    child that was forked: threads stay behind in the parent, and it would wait for ever.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._asked: Asked = SimpleQueue()
        self._closing = threading.Lock()
        # What `end` waits: without a limit, until somebody was tired of it; not at all what hangs.
        self._limit_s: float | None = None
        # A thread of a pool is waited for at the end of the program, however long it hangs.
        self._thread = threading.Thread(
            target=do_all, args=(self._asked,), name="landmarker", daemon=True
        )
        self._thread.start()
        # Made before MediaPipe is imported, so that at the end of the program finalizers run behind
        # MediaPipe's own hook, after which it closes without a call of its library.
        self._ending = weakref.finalize(self, self._asked.put, None)
        try:
            self.call(sandbox.enter_thread)
        except BaseException:
            # Whatever it was, Ctrl-C too: the thread would stay.
            self.close()
            raise

    @classmethod
    def around(cls, make: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "tuple[Room, T]":
        """A new one, and what `make` makes in there. Where that fails nothing is left."""
        room = cls()
        try:
            made = room.call(make, *args, **kwargs)
        except BaseException:
            # As above.
            room.close()
            if room._limit_s is not None:
                # It is still being made, and nobody else has the room.
                atexit.register(room.leave)
            raise
        # Now, so that it runs before MediaPipe's own hook: nothing is looked at any more by then.
        leave = partial(_leave, weakref.ref(room))
        atexit.register(leave)
        weakref.finalize(room, atexit.unregister, leave).atexit = False
        return room, made

    def start(self, do: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin to do it in there. Raises RuntimeError where it is closed."""
        self.check()
        answer: Future[T] = Future()
        with self._closing:
            if not self._ending.alive:
                raise RuntimeError("the landmarker is closed")
            self._asked.put((answer, partial(do, *args, **kwargs)))
        return answer

    def check(self) -> None:
        """Raise RuntimeError in a child that was forked."""
        if os.getpid() != self._process:
            raise RuntimeError(
                "the landmarker was opened before this process was forked: open it here"
            )

    @property
    def is_deserted(self) -> bool:
        """Whether the thread is gone for good: in a child that was forked, and when the program is
        at its end, where what is still open is closed (a generator's `with`, say)."""
        return os.getpid() != self._process or sys.is_finalizing()

    def call(self, do: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it in there, and wait for what comes of it."""
        answer: Future[T] | None = None
        try:
            answer = self.start(do, *args, **kwargs)
            return answer.result()
        except BaseException:
            # Ctrl-C above all: what is under way then may hang.
            if answer is None or not answer.done():
                self._limit_s = ENDS_S
            raise
        finally:
            # It holds the error, which holds this, and the picture: see `do_all`.
            del answer

    def close(self) -> None:
        """Let the thread end when it has done what was asked for."""
        with self._closing:
            self._ending()

    def leave(self) -> None:
        """Close it at the end of the program, and give what is under way its time."""
        if not (self.is_deserted or self._limit_s == 0):
            self.close()
            self._thread.join(max(0, _until_s() - time.monotonic()))

    def end(self, last: Callable[[], object], *, wait: bool = True) -> None:
        """Do one thing more, and let the thread end; `wait` for it, but after an interrupt not for
        long. Where nobody is there any more nothing is done: what is in there goes with the
        process."""
        if self.is_deserted:
            return
        try:
            ending = self.start(last)
        except RuntimeError:  # it was closed at the end of the program
            return
        finally:
            self.close()
        if not futures.wait([ending], self._limit_s if wait else 0).done:
            # It hangs: no more time for it.
            self._limit_s = 0
        elif wait:
            ending.result()


@cache
def _until_s() -> float:
    """Until when the end of the program waits, for all rooms together: on the monotonic clock."""
    return time.monotonic() + ENDS_S


def _leave(room: "weakref.ref[Room]") -> None:
    if (left := room()) is not None:
        left.leave()


def do_all(asked: Asked) -> None:
    """Do it and give the answers, until None is asked for."""
    while (each := asked.get()) is not None:
        answer, do = each
        try:
            answer.set_result(do())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            answer.set_exception(error)
        # Not kept while the next one is waited for: there is a picture in it. Nor by an error, in
        # a circle that only the collector would find.
        del each, answer, do
