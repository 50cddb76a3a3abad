"""Several landmarkers in IMAGE mode, each looking at another picture.

MediaPipe gives its networks one core, and pictures have nothing to do with each other. Owns the
landmarkers, which are opened when there is work for them, and their threads. Used by one thread.
"""

import queue
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from edgepose.detect.reading.shot import Shot
from edgepose.landmarker import PoseLandmarker, PoseLandmarkerResult

Looked = tuple[PoseLandmarkerResult, float]
"""What was seen, and the milliseconds that it took."""


class Pool:
    """Looks at up to `workers` pictures at once. Close it."""

    def __init__(self, open_landmarker: Callable[[], PoseLandmarker], workers: int) -> None:
        self._open = open_landmarker
        self._idle: queue.SimpleQueue[PoseLandmarker] = queue.SimpleQueue()
        self._idle.put(open_landmarker())
        self._threads = ThreadPoolExecutor(workers, "looking")

    def look(self, shot: Shot) -> "Future[Looked]":
        """Begin to look at it. The future raises what `PoseLandmarker.detect` and `open` raise."""
        return self._threads.submit(self._look, shot)

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
        """Look at nothing more, and give the engines back."""
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get_nowait().close()
