"""The engine `litert`: MediaPipe's pose networks on LiteRT, several threads for each.

Owns one tracker and the thread that looks, one picture at a time, so that the caller can tell
when that takes too long. Its methods run on the caller's thread.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from edgepose.errors import UserError
from edgepose.models import bundle
from edgepose.vision.engines import (
    MIN_SIDE,
    Answer,
    EngineLost,
    EngineOptions,
    Result,
    check_picture,
    detect,
)
from edgepose.vision.engines.litert.detector import Detector
from edgepose.vision.engines.litert.landmarks import LandmarkFinder
from edgepose.vision.engines.litert.region import Region
from edgepose.vision.engines.litert.tracker import Regions, Tracker
from edgepose.vision.frame import Image
from edgepose.vision.smoothing import Smoothing

MOST_S: Final = 20.0
"""Limit for an answer: no board is so slow. The first one comes with all the loading."""
LEAST_S: Final = 2.0
PATIENCE: Final = 10
"""As many times the slowest answer of late a person may take: the processor has other work, too."""
FADING: Final = 0.95
"""How much of the slowest answer counts after another one."""


class LiteRtEngine:
    """One worker; see `edgepose.vision.engines.Engine`. `regions` are shared by all workers."""

    def __init__(self, options: EngineOptions, regions: Regions) -> None:
        parts = bundle.networks(options.model)
        try:
            detector = Detector(
                parts.detector, options.threads, options.min_pose_detection_confidence
            )
            finder = LandmarkFinder(parts.landmarks, options)
            self.tracker = Tracker(detector, finder, regions, options)
            self._smoothing = Smoothing() if options.smooth and options.num_poses == 1 else None
            self._last_ms = 0
            self._num_poses = options.num_poses
            self._limit_s, self._slowest_s = MOST_S, 0.0
            self._thread = ThreadPoolExecutor(1, "litert")
            self._pending: Future[Result] | None = None
            # What is wrong with a network may show only when it runs, and where there is nobody
            # only the detector's does.
            black = np.zeros((MIN_SIDE, MIN_SIDE, 3), np.uint8)
            detect(self, black, 0)
            began_s = time.monotonic()
            finder.find(black, Region.whole(MIN_SIDE, MIN_SIDE))
            self._slowest_s = max(self._slowest_s, time.monotonic() - began_s)
            self._set_limit()
        except (RuntimeError, ValueError, cv2.error, EngineLost) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"detection.model: LiteRT cannot use {options.model}: {reason}; "
                "`edgepose model verify` checks it, `edgepose model get --force` fetches it anew"
            ) from error

    def start(self, image: Image, captured_ns: int) -> None:
        """See `Engine.start`."""
        check_picture(image)
        self._last_ms = max(self._last_ms + 1, captured_ns // 1_000_000)
        self._pending = self._thread.submit(self._look, image, self._last_ms)

    def _look(self, image: Image, engine_ms: int) -> Result:
        began_s = time.monotonic()
        seen = self.tracker.look(image, engine_ms)
        self._slowest_s = max(time.monotonic() - began_s, FADING * self._slowest_s)
        result = Result(
            people=tuple(each.person for each in seen),
            answered_ns=0,
            masks=tuple(each.mask for each in seen if each.mask is not None),
            scales=tuple(0.0 if each.next is None else each.next.side for each in seen),
        )
        if self._smoothing is not None:
            height, width = image.shape[:2]
            result = self._smoothing.apply(result, (width, height), engine_ms)
        return replace(result, answered_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    def answer(self) -> Answer:
        """See `Engine.answer`."""
        pending, self._pending = self._pending, None
        if pending is None:
            raise EngineLost("asked for an answer without a picture")
        try:
            result = pending.result(self._limit_s)
        except TimeoutError:
            raise EngineLost(f"no answer within {self._limit_s:g} s") from None
        except (RuntimeError, ValueError, MemoryError, cv2.error) as error:
            raise EngineLost(f"LiteRT refuses to go on: {error}") from error
        self._set_limit()
        return Answer(result.answered_ns, lambda: result)

    def _set_limit(self) -> None:
        limit_s = PATIENCE * self._num_poses * self._slowest_s
        self._limit_s = min(MOST_S, max(LEAST_S, limit_s))

    def close(self) -> None:
        """See `Engine.close`."""
        self._thread.shutdown(wait=False)
