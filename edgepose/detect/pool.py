"""Several landmarkers in IMAGE mode, each looking at another picture.

MediaPipe gives its networks one core, and pictures have nothing to do with each other. Owns the
landmarkers, which are opened when there is work for them, and their threads. Used by one thread.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from edgepose.detect.reading.shot import Shot
from edgepose.landmarker import PoseLandmarker, PoseLandmarkerResult, room

Looked = tuple[PoseLandmarkerResult, float]
"""What was seen, and the milliseconds that it took."""


class Pool:
    """Looks at up to `workers` pictures at once. Close it."""

    def __init__(self, open_landmarker: Callable[[], PoseLandmarker], workers: int) -> None:
        self._open = open_landmarker
        self._idle: queue.SimpleQueue[PoseLandmarker] = queue.SimpleQueue()
        self._idle.put(open_landmarker())
        self._asked: room.Asked = queue.SimpleQueue()
        # Those of an executor are waited for at the end of the program, however long one hangs.
        self._threads = [
            threading.Thread(target=room.do_all, args=(self._asked,), name="looking", daemon=True)
            for _ in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def look(self, shot: Shot) -> "Future[Looked]":
        """Begin to look at it. The future raises what `PoseLandmarker.detect` and `open` raise."""
        answer: Future[Looked] = Future()
        self._asked.put((answer, partial(self._look, shot)))
        return answer

    def _look(self, shot: Shot) -> Looked:
        try:
            landmarker = self._idle.get_nowait()
        except queue.Empty:
            landmarker = self._open()
        try:
            began_ns = time.monotonic_ns()
            result = landmarker.detect(shot.image)
            return result, (time.monotonic_ns() - began_ns) / 1e6
        finally:
            self._idle.put(landmarker)

    def close(self) -> None:
        """Look at nothing more, and give the engines back, but for one that hangs."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._asked.get_nowait()
        for _ in self._threads:
            self._asked.put(None)
        until_s = time.monotonic() + room.ENDS_S
        for thread in self._threads:
            thread.join(max(0, until_s - time.monotonic()))
        while not self._idle.empty():
            self._idle.get_nowait().close()
