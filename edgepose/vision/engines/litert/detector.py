"""Finds people in a whole picture: MediaPipe's pose detection on LiteRT.

Runs on the caller's thread. From MediaPipe's repository: tasks/cc/vision/pose_detector/
pose_detector_graph.cc (every constant, where not said otherwise), calculators/tflite/
ssd_anchors_calculator.cc, calculators/tensor/tensors_to_detections_calculator.cc,
calculators/util/non_max_suppression_calculator.cc.
"""

from typing import Final

import cv2
import numpy as np

from edgepose.vision.engines.litert.crop import Cropper
from edgepose.vision.engines.litert.network import Network
from edgepose.vision.engines.litert.region import Numbers, Region
from edgepose.vision.frame import Image

STRIDES: Final = (8, 16, 32, 32, 32)
"""Pixels from one anchor to the next in each layer; layers with one stride share their places."""
PER_PLACE: Final = 2
"""Anchors of a layer at each place: one for its one aspect ratio, and one between its scale and
the next, which ssd_anchors_calculator.proto adds by default."""
MIN_SUPPRESSION: Final = 0.5
"""Overlap from which two boxes are of one person; pose_detector_graph_options.proto."""
CLIPPING: Final = 100.0
"""Scores are cut to this before the sigmoid."""


class Detector:
    """The detector's network with what is made of its answer.

    `min_confidence`, 0..1, is what a box must score to count.
    """

    def __init__(self, content: bytes, threads: int, min_confidence: float) -> None:
        # Mean 127.5 and standard deviation 127.5, as the network's metadata say.
        self._network = Network(content, threads, -1.0, 1.0)
        self._cropper = Cropper(self._network.size, cv2.BORDER_CONSTANT)
        self._anchors = anchors(self._network.size)
        self._min_confidence = min_confidence

    def find(self, image: Image) -> list[Region]:
        """Where the people are, the surest first."""
        height, width = image.shape[:2]
        whole = Region.whole(width, height)
        boxes, scores = self._network.run(self._cropper.crop(image, whole))
        found = self._decode(boxes[0], scores[0, :, 0])
        people = (
            Region.around(*whole.back(points.reshape(-1, 2)[:2]))
            for points in suppress(found[:, :4], found[:, 4:-1], found[:, -1])
        )
        return [region for region in people if region is not None]

    def _decode(self, boxes: Numbers, scores: Numbers) -> Numbers:
        """Rows of x and y of two corners, x and y of each key point, score; in parts of the
        network's picture."""
        # Not `network.sigmoid`, whose 0 has no weight: here everything may count.
        sure = 1.0 / (1.0 + np.exp(-np.clip(scores.astype(np.float64), -CLIPPING, CLIPPING)))
        (kept,) = np.nonzero(sure >= self._min_confidence)
        raw = boxes[kept].astype(np.float64) / self._network.size
        middle, half = raw[:, :2] + self._anchors[kept], raw[:, 2:4] / 2
        points = raw[:, 4:] + np.tile(self._anchors[kept], 4)
        rows = np.hstack([middle - half, middle + half, points, sure[kept, None]])
        # The network may answer a box inside out.
        proper = (half >= 0.0).all(axis=1)
        return rows[proper]


def anchors(size: int) -> Numbers:
    """The places that the network's answers count from: x, y in parts of the picture of `size`
    pixels each way; shape (n, 2). Their own size is 1 (fixed_anchor_size)."""
    layers = []
    for stride in sorted(set(STRIDES)):
        count = -(-size // stride)
        middles = (np.arange(count) + 0.5) / count
        places = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
        layers.append(np.repeat(places, PER_PLACE * STRIDES.count(stride), axis=0))
    return np.concatenate(layers)


def suppress(boxes: Numbers, points: Numbers, scores: Numbers) -> list[Numbers]:
    """Weighted non-maximum suppression: the key points of each person, the surest first.

    Boxes that overlap the surest one are of the same person, and its key points are the mean
    over all of them, weighted by score. `boxes`: x, y of two corners, shape (n, 4).
    """
    order = np.argsort(-scores, kind="stable")
    people = []
    while len(order):
        same = _overlaps(boxes[order], boxes[order[0]]) > MIN_SUPPRESSION
        if not same.any():
            # A box without an area overlaps nothing, not even itself.
            people.append(points[order[0]])
            break
        ours = order[same]
        people.append(np.average(points[ours], axis=0, weights=scores[ours]))
        order = order[~same]
    return people


def _overlaps(boxes: Numbers, box: Numbers) -> Numbers:
    """Intersection over union of each of `boxes` with `box`."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    shared = np.prod(np.maximum(sides, 0.0), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    union = areas + np.prod(box[2:] - box[:2]) - shared
    overlaps: Numbers = np.divide(shared, union, out=np.zeros_like(union), where=union > 0.0)
    return overlaps
