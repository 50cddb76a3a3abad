"""A thread behind the sandbox, in a program that keeps its network.

Owns that thread: what is done there cannot reach a network, nor can the threads that a library
starts from there. Every other thread of the program is as it was.
"""

import os
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
            self.close()
            raise

    @classmethod
    def around(cls, make: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "tuple[Room, T]":
        """A new one, and what `make` makes in there. Where that fails nothing is left."""
        room = cls()
        try:
            return room, room.call(make, *args, **kwargs)
        except BaseException:
            room.close()
            raise

    def start(self, do: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Begin to do it in there."""
        if os.getpid() != self._process:
            raise RuntimeError(
                "the landmarker was opened before this process was forked: open it here"
            )
        return self._thread.submit(do, *args, **kwargs)

    def call(self, do: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it in there, and wait for what comes of it."""
        return self.start(do, *args, **kwargs).result()

    def close(self) -> None:
        """Let the thread end when it has done what was asked for."""
        self._ending()
