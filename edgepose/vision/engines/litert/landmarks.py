"""Finds the landmarks of one person: MediaPipe's pose landmarks on LiteRT.

Runs on the caller's thread. From MediaPipe's repository: tasks/cc/vision/pose_landmarker/
pose_landmarks_detector_graph.cc (every constant, where not said otherwise), calculators/tensor/
tensors_to_landmarks_calculator.cc, calculators/util/refine_landmarks_from_heatmap_calculator.cc,
calculators/tensor/tensors_to_segmentation_converter_opencv.cc, calculators/image/
affine_transformation_runner_opencv.cc.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.vision.engines import EngineOptions, Mask
from edgepose.vision.engines.litert.crop import Cropper
from edgepose.vision.engines.litert.network import Network, sigmoid
from edgepose.vision.engines.litert.region import Numbers, Region
from edgepose.vision.frame import Image

POINTS: Final = 33
"""Landmarks of the body. Behind them come the auxiliary ones: mid-hip and the rim of the circle
around the person, from which the next region is made; and four that nothing is said of."""
KERNEL: Final = 7
"""Pixels of the heat map that are looked at each way around a landmark."""
MIN_HEAT: Final = 0.5
"""What its hottest pixel must reach; refine_landmarks_from_heatmap_calculator.proto."""

_OFFSETS: Final = np.arange(KERNEL) - KERNEL // 2


@dataclass(frozen=True, slots=True)
class Seen:
    """One person in one picture, and where to look for it in the next, if anywhere."""

    person: Person
    mask: Mask | None
    next: Region | None


class LandmarkFinder:
    """The landmarks' network with what is made of its answer."""

    def __init__(self, content: bytes, options: EngineOptions) -> None:
        # Mean 0 and standard deviation 255, as the network's metadata say.
        self._network = Network(content, options.threads, 0.0, 1.0)
        self._cropper = Cropper(self._network.size, cv2.BORDER_REPLICATE)
        self._min_presence = options.min_pose_presence_confidence
        self._masks = options.output_segmentation_masks
        self._world = options.world

    def find(self, image: Image, region: Region) -> Seen | None:
        """The person in the region; None where the network sees none."""
        crop = self._cropper.crop(image, region)
        raw, presence, segmentation, heat, raw_world = self._network.run(crop)
        if not presence[0, 0] > self._min_presence:
            return None
        rows = raw.reshape(-1, 5).astype(np.float64)
        rows[:, :3] /= self._network.size
        refine(rows, heat[0])
        height, width = image.shape[:2]
        places = region.back(rows[:, :2])
        body = np.empty((POINTS, 5))
        body[:, :2] = places[:POINTS] / (width, height)
        body[:, 2] = rows[:POINTS, 2] * (region.side / width)
        body[:, 3:] = sigmoid(rows[:POINTS, 3:])
        metres = region.turn(raw_world.reshape(-1, 3)[:POINTS]) if self._world else np.empty((0, 3))
        # Never seen, but nothing forbids it: somebody with a NaN is nobody.
        if not (np.isfinite(body).all() and np.isfinite(metres).all()):
            return None
        person = Person(
            tuple(map(Landmark._make, body.tolist())),
            tuple(map(WorldLandmark._make, metres.tolist())),
        )
        mask = (
            whole_mask(segmentation[0, :, :, 0], region, (width, height)) if self._masks else None
        )
        return Seen(person, mask, Region.around(places[POINTS], places[POINTS + 1]))


def refine(rows: Numbers, heat: Numbers) -> None:
    """Move each landmark to the middle of the heat around it, where there is enough.

    `rows` start with x, y in parts of the crop and are changed in place. `heat`: shape (height,
    width, landmarks), before the sigmoid. What lies beyond the map's edge does not count.
    """
    high, wide = heat.shape[:2]
    # Towards zero, as in MediaPipe: just outside still counts as the first pixel.
    columns, lines = (rows[:, :2] * (wide, high)).astype(np.intp).T
    (inside,) = np.nonzero((columns >= 0) & (columns < wide) & (lines >= 0) & (lines < high))
    across = columns[inside, None] + _OFFSETS
    down = lines[inside, None] + _OFFSETS
    window = heat[
        np.clip(down, 0, high - 1)[:, :, None],
        np.clip(across, 0, wide - 1)[:, None, :],
        inside[:, None, None],
    ].astype(np.float64)
    warmth = sigmoid(window)
    warmth *= ((down >= 0) & (down < high))[:, :, None]
    warmth *= ((across >= 0) & (across < wide))[:, None, :]
    hot = warmth.max(axis=(1, 2)) >= MIN_HEAT
    by_column, by_line = warmth[hot].sum(axis=1), warmth[hot].sum(axis=2)
    total = by_line.sum(axis=1)
    moved = inside[hot]
    rows[moved, 0] = (by_column * across[hot]).sum(axis=1) / total / wide
    rows[moved, 1] = (by_line * down[hot]).sum(axis=1) / total / high


def whole_mask(segmentation: Numbers, region: Region, size: tuple[int, int]) -> Mask:
    """The crop's mask, before the sigmoid, laid where the crop is in the picture of `size`
    (width, height); 0 elsewhere."""
    likely = sigmoid(segmentation)
    mask: Mask = cv2.warpAffine(  # type: ignore[assignment]
        likely,
        region.matrix(len(likely)),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return mask
