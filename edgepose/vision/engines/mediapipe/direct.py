"""MediaPipe's Pose Landmarker in IMAGE and VIDEO mode, for whoever waits for each answer.

Owns one landmarker. Its methods run on the caller's thread; the graph runs on MediaPipe's.
"""

import threading
import time
import weakref
from typing import Any, Final

import numpy as np
from mediapipe.tasks.python.vision.pose_landmarker import PoseLandmarker

from edgepose.vision.engines import (
    MIN_SIDE,
    DirectMode,
    EngineLost,
    EngineOptions,
    Result,
)
from edgepose.vision.engines.mediapipe.task import (
    REFUSALS,
    let_go,
    open_task,
    picture,
    read,
    unusable,
)
from edgepose.vision.frame import Image

_SMALL: Final = np.zeros((MIN_SIDE, MIN_SIDE, 3), np.uint8)
_LARGE: Final = 48_000_000
"""Bytes of a picture, 16 million pixels: to look at another one costs little beside it."""


class MediaPipeDirect:
    """See `edgepose.vision.engines.DirectEngine`."""

    def __init__(self, options: EngineOptions, mode: DirectMode) -> None:
        self._mode = mode
        self._world = options.world
        self._looking = threading.Lock()
        try:
            self._landmarker = open_task(options, mode)
            # Also at the end of a program that does not close it: there MediaPipe's own clean-up,
            # which comes later, would print a traceback.
            self._closing = weakref.finalize(self, _close, self._landmarker, self._looking)
            let_go(self._landmarker)
            # An error inside the graph shows only when it runs, and a bundle with the wrong
            # networks is one. So it counts as opened when it has looked at something.
            with self._looking:
                self._detect(_SMALL, 0)
        except REFUSALS as error:
            raise unusable(options, error) from error

    def look(self, image: Image, engine_ms: int) -> Result:
        """See `DirectEngine.look`."""
        try:
            with self._looking:
                result = self._detect(image, engine_ms)
                if self._mode == "IMAGE" and image.nbytes > _LARGE:
                    # It keeps its copy until the next one comes.
                    self._detect(_SMALL, engine_ms)
        except (RuntimeError, ValueError) as error:
            raise EngineLost(f"MediaPipe refuses to go on: {error}") from error
        return read(result, time.clock_gettime_ns(time.CLOCK_BOOTTIME), self._world)

    def _detect(self, image: Image, engine_ms: int) -> object:
        if self._mode == "IMAGE":
            return self._landmarker.detect(picture(image))
        return self._landmarker.detect_for_video(picture(image), engine_ms)

    def close(self) -> None:
        """See `DirectEngine.close`."""
        self._closing()


def _close(landmarker: PoseLandmarker, looking: threading.Lock) -> None:
    # At the end of a program in which it hangs, to close it would hang, too.
    if not looking.acquire(blocking=False):
        return
    try:
        landmarker.close()
    except (RuntimeError, ValueError):
        # A graph that has broken says so again; at the end of a program there may be no threads.
        # When Python is taken apart nobody is to try again, and wait for its own.
        private: Any = landmarker
        private._handle = None
        private._lib.close()
