"""A thread behind the sandbox, in a program that keeps its network.

Owns that thread: what is done there cannot reach a network, nor can the threads that a library
starts from there. Every other thread of the program is as it was.
"""

import os
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from edgepose.vision import sandbox

P = ParamSpec("P")
T = TypeVar("T")


class Room:
    """Does one thing after the other, in the order in which they are asked for.

    Any thread may ask. Raises UserError where the kernel has no seccomp, and RuntimeError in a
    child that was forked: threads stay behind in the parent, and it would wait for ever.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._thread = ThreadPoolExecutor(1, "landmarker")
        # Made before MediaPipe is imported, so that at the end of the program finalizers run behind
        # MediaPipe's own hook, after which it closes without its threads, which are gone by then.
        self._ending = weakref.finalize(self, self._thread.shutdown, wait=False)
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
            return room, room.call(make, *args, **kwargs)
        except BaseException:
            # As above.
            room.close()
            raise

    def start(self, do: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin to do it in there."""
        self.check()
        return self._thread.submit(do, *args, **kwargs)

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
        return self.start(do, *args, **kwargs).result()

    def close(self) -> None:
        """Let the thread end when it has done what was asked for."""
        self._ending()

    def end(self, last: Callable[[], object], *, wait: bool = True) -> None:
        """Do one thing more, and let the thread end; `wait` for it. Where nobody is there any more
        nothing is done: what is in there goes with the process."""
        if self.is_deserted:
            return
        try:
            ending = self.start(last)
        except RuntimeError:  # Python ends such threads before it calls what `atexit` has
            return
        finally:
            self.close()
        if wait:
            ending.result()
