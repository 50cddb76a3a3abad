"""From picture to picture: who is still where he was, and when to look for everybody anew.

Owns the regions of the last picture. Runs on the caller's thread, one picture at a time. From
MediaPipe's repository: tasks/cc/vision/pose_landmarker/pose_landmarker_graph.cc.
"""

from edgepose.vision.engines import EngineOptions
from edgepose.vision.engines.litert.detector import Detector
from edgepose.vision.engines.litert.landmarks import LandmarkFinder, Seen
from edgepose.vision.engines.litert.region import Region, without_doubles
from edgepose.vision.frame import Image


class Tracker:
    """Finds up to `num_poses` people. `detections` counts how often the detector had to run,
    which costs about as much as half a person: not while everybody wanted is tracked."""

    def __init__(self, detector: Detector, finder: LandmarkFinder, options: EngineOptions) -> None:
        self.detections = 0
        self._detector = detector
        self._finder = finder
        self._num_poses = options.num_poses
        self._min_tracking = options.min_tracking_confidence
        self._regions: list[Region] = []

    def look(self, image: Image) -> list[Seen]:
        """The people in the picture."""
        regions = self._regions
        if len(regions) < self._num_poses:
            self.detections += 1
            # Behind those who are tracked: who is found again is looked for where he was found.
            regions = [*regions, *self._detector.find(image)]
        regions = without_doubles(regions, self._min_tracking)[: self._num_poses]
        found = [self._finder.find(image, region) for region in regions]
        seen = [each for each in found if each is not None]
        self._regions = [each.next for each in seen if each.next is not None]
        return seen
