"""The engine `mediapipe`: the Pose Landmarker in LIVE_STREAM mode, one frame in flight.

Owns one landmarker. Its methods run on the caller's thread; `answer` waits for the callback, which
comes on MediaPipe's dispatcher thread and only stores what it got: that thread's queue has no
bound and holds the pictures.
"""

import threading
import time
from typing import Any, Final

import numpy as np

from edgepose.vision.engines import (
    MIN_SIDE,
    Answer,
    EngineLost,
    EngineOptions,
    check_picture,
    detect,
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

FIRST_ANSWER_S: Final = 10.0
"""The first answer comes with all the loading; a slow card takes seconds for it."""
ANSWER_S: Final = 2.0
"""An error inside the graph is only logged and its callback never comes. The slowest answer
known of a Pi that runs MediaPipe is some 0.2 s."""


class MediaPipeEngine:
    """One landmarker; see `edgepose.vision.engines.Engine`."""

    def __init__(self, options: EngineOptions) -> None:
        self._answered = threading.Condition()
        self._pending_ms: int | None = None
        self._answer: tuple[Any, int] | None = None
        self._last_ms = 0
        self._limit_s = FIRST_ANSWER_S
        self._world = options.world
        try:
            self._landmarker = open_task(options, "LIVE_STREAM", self._on_result)
            # An error inside the graph shows only when it runs, and a bundle with the wrong
            # networks is one. So it counts as opened when it has looked at something.
            detect(self, np.zeros((MIN_SIDE, MIN_SIDE, 3), np.uint8), 0)
        except (*REFUSALS, EngineLost) as error:
            raise unusable(options, error) from error

    def _on_result(self, result: Any, _image: Any, timestamp_ms: int) -> None:
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        with self._answered:
            # A callback may come twice for one frame, or after its time limit.
            if timestamp_ms == self._pending_ms and self._answer is None:
                self._answer = (result, now_ns)
                self._answered.notify()

    def start(self, image: Image, captured_ns: int) -> None:
        """See `Engine.start`."""
        check_picture(image)
        # One stamp that does not rise poisons the graph for good, and a camera's stamps may
        # stand still or go back.
        engine_ms = max(self._last_ms + 1, captured_ns // 1_000_000)
        self._last_ms = engine_ms
        with self._answered:
            self._pending_ms, self._answer = engine_ms, None
        try:
            self._landmarker.detect_async(picture(image), engine_ms)
        except (RuntimeError, ValueError) as error:
            raise EngineLost(f"MediaPipe refuses to go on: {error}") from error

    def answer(self) -> Answer:
        """See `Engine.answer`."""
        with self._answered:
            self._answered.wait_for(lambda: self._answer is not None, self._limit_s)
            answer, self._answer, self._pending_ms = self._answer, None, None
        if answer is None:
            raise EngineLost(f"no answer within {self._limit_s:g} s")
        self._limit_s = ANSWER_S
        result, answered_ns = answer
        return Answer(answered_ns, lambda: read(result, answered_ns, self._world))

    def close(self) -> None:
        """See `Engine.close`."""
        let_go(self._landmarker)
        self._landmarker.close()
