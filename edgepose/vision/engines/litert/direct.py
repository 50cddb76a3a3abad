"""MediaPipe's pose networks on LiteRT, asked and answered in one call: IMAGE and VIDEO mode.

Owns both networks, whom it follows and how that is smoothed; the engine in LIVE_STREAM mode is
this on a thread of its own. Runs on the caller's thread, but for LiteRT's.
"""

import time

import cv2
import numpy as np

from edgepose.errors import UserError
from edgepose.models import bundle
from edgepose.vision.engines import MIN_SIDE, DirectMode, EngineLost, EngineOptions, Result
from edgepose.vision.engines.litert.detector import Detector
from edgepose.vision.engines.litert.landmarks import LandmarkFinder
from edgepose.vision.engines.litert.region import Region
from edgepose.vision.engines.litert.tracker import Regions, Tracker
from edgepose.vision.frame import Image
from edgepose.vision.smoothing import Smoothing

BROKEN = (RuntimeError, ValueError, MemoryError, cv2.error)
"""What LiteRT and OpenCV raise where they cannot go on."""


class LiteRtDirect:
    """See `edgepose.vision.engines.DirectEngine`. `regions` are shared with other workers."""

    def __init__(
        self, options: EngineOptions, mode: DirectMode, regions: Regions | None = None
    ) -> None:
        parts = bundle.networks(options.model)
        stream = mode == "VIDEO"
        smooth = stream and options.smooth and options.num_poses == 1
        self._smoothing = Smoothing() if smooth else None
        try:
            detector = Detector(
                parts.detector, options.threads, options.min_pose_detection_confidence
            )
            finder = LandmarkFinder(parts.landmarks, options)
            # Without memory nobody is followed.
            self.tracker = Tracker(
                detector, finder, (regions or Regions()) if stream else None, options
            )
            # What is wrong with a network may show only when it runs, and where there is nobody
            # only the detector's does.
            black = np.zeros((MIN_SIDE, MIN_SIDE, 3), np.uint8)
            began_s = time.monotonic()
            self.look(black, 0)
            finder.find(black, Region.whole(MIN_SIDE, MIN_SIDE))
            self.opening_s = time.monotonic() - began_s
        except (*BROKEN, EngineLost) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"detection.model: LiteRT cannot use {options.model}: {reason}; "
                "`edgepose model verify` checks it, `edgepose model get --force` fetches it anew"
            ) from error

    def look(self, image: Image, engine_ms: int) -> Result:
        """See `DirectEngine.look`."""
        try:
            seen = self.tracker.look(image, engine_ms)
        except BROKEN as error:
            raise EngineLost(f"LiteRT refuses to go on: {error}") from error
        result = Result(
            people=tuple(each.person for each in seen),
            answered_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME),
            masks=tuple(each.mask for each in seen if each.mask is not None),
            scales=tuple(0.0 if each.next is None else each.next.side for each in seen),
        )
        if self._smoothing is None:
            return result
        height, width = image.shape[:2]
        return self._smoothing.apply(result, (width, height), engine_ms)

    def close(self) -> None:
        """See `DirectEngine.close`."""
