"""From picture to picture: who is still where he was, and when to look for everybody anew.

Owns the regions of the newest picture, which the trackers of several workers share, so that all
follow the same people. A tracker runs on the caller's thread, one picture at a time. From
MediaPipe's repository: tasks/cc/vision/pose_landmarker/pose_landmarker_graph.cc.
"""

import threading
from typing import Final

from edgepose.vision.engines import EngineOptions
from edgepose.vision.engines.litert.detector import Detector
from edgepose.vision.engines.litert.landmarks import LandmarkFinder, Seen
from edgepose.vision.engines.litert.region import Region, without_doubles
from edgepose.vision.frame import Image

APART: Final = 0.12
"""Parts of a square's side: two middles further apart may be two people's. Somebody who walks moves
by less than that in a tenth of a second."""


class Regions:
    """Where people are looked for next, by all workers. Any thread may call it.

    Workers look at the same time. Each would follow whom it follows, for minutes another one than
    the next worker does, and the stream would jump between them from frame to frame.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest_ms = 0
        self._regions: list[Region] = []

    def get(self) -> list[Region]:
        """The regions of the newest picture."""
        with self._lock:
            return self._regions

    def put(self, engine_ms: int, regions: list[Region], before: list[Region]) -> None:
        """Those of the picture of this time, for which `before` was got; unless a newer picture
        was faster, or they lead astray from what another worker has put meanwhile."""
        with self._lock:
            if engine_ms < self._newest_ms:
                return
            if self._regions is before or not astray(regions, before, self._regions):
                self._newest_ms, self._regions = engine_ms, regions


def astray(regions: list[Region], before: list[Region], newest: list[Region]) -> bool:
    """Whether a worker has lost the one person whom another one still sees, or follows somebody
    else. Of several people, nobody knows who is who."""
    if len(newest) != 1 or len(regions) > 1:
        return False
    if not regions:
        return True
    away = regions[0].distance(newest[0])
    # Somebody who is merely fast would be nearer to the newer place.
    return away > APART and not (before and regions[0].distance(before[0]) >= away)


class Tracker:
    """Finds up to `num_poses` people. `detections` counts how often the detector had to run,
    which costs about as much as half a person: not while everybody wanted is tracked.

    `regions` None is IMAGE mode: nobody is followed, each picture is looked at for itself.
    """

    def __init__(
        self,
        detector: Detector,
        finder: LandmarkFinder,
        regions: Regions | None,
        options: EngineOptions,
    ) -> None:
        self.detections = 0
        self._detector = detector
        self._finder = finder
        self._num_poses = options.num_poses
        self._min_tracking = options.min_tracking_confidence
        self._regions = regions

    def look(self, image: Image, engine_ms: int) -> list[Seen]:
        """The people in the picture of this time, in whole milliseconds that rise."""
        if self._regions is None:
            self.detections += 1
            return self._seen(image, self._detector.find(image)[: self._num_poses])
        before = regions = self._regions.get()
        if len(regions) < self._num_poses:
            self.detections += 1
            # Behind those who are tracked: who is found again is looked for where he was found.
            regions = [*regions, *self._detector.find(image)]
        regions = without_doubles(regions, self._min_tracking)[: self._num_poses]
        seen = self._seen(image, regions)
        following = [each.next for each in seen if each.next is not None]
        self._regions.put(engine_ms, following, before)
        return seen

    def _seen(self, image: Image, regions: list[Region]) -> list[Seen]:
        found = [self._finder.find(image, region) for region in regions]
        return [each for each in found if each is not None]
