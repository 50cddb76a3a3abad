"""The square of a picture in which a person is looked for, and the way there and back.

Pure geometry on the caller's thread; raises nothing. From MediaPipe's repository, below
`calculators/`: util/alignment_points_to_rects_calculator.cc and util/detections_to_rects_
calculator.cc (`around`), util/rect_transformation_calculator.cc (its margin), tensor/image_to_
tensor_utils.cc (`matrix`), util/landmark_projection_calculator.cc and world_landmark_projection_
calculator.cc (`back`, `turn`), util/association_calculator.h (`without_doubles`).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating[Any]]

MARGIN: Final = 1.25
"""tasks/cc/vision/pose_detector/pose_detector_graph.cc, ConfigureRectTransformationCalculator,
and the same in pose_landmarker/pose_landmarks_detector_graph.cc."""


@dataclass(frozen=True, slots=True)
class Region:
    """A square. `x`, `y`: its centre in pixels; `side` in pixels; `angle` in radians, clockwise
    in the picture, 0 for a person who stands upright."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    @classmethod
    def around(cls, centre: Numbers, rim: Numbers) -> "Region | None":
        """The square for a person with mid-hip at `centre`, whose circle goes through `rim`
        above the head; both x, y in pixels. None where they are no place or the same."""
        x, y = float(centre[0]), float(centre[1])
        right, down = float(rim[0]) - x, float(rim[1]) - y
        radius = math.hypot(right, down)
        if not 0.0 < radius < math.inf:
            return None
        angle = math.pi / 2 - math.atan2(-down, right)
        # To -pi .. pi.
        angle -= math.tau * math.floor((angle + math.pi) / math.tau)
        return cls(x, y, 2.0 * radius * MARGIN, angle)

    @classmethod
    def whole(cls, width: int, height: int) -> "Region":
        """The square that the whole picture just fits in."""
        return cls(width / 2, height / 2, float(max(width, height)))

    def matrix(self, size: int) -> Numbers:
        """From a place in the crop of `size` pixels each way to one in the picture, shape (2, 3).

        As in MediaPipe, the corner of the first pixel is where its middle is.
        """
        step = self.side / size
        across, down = step * math.cos(self.angle), step * math.sin(self.angle)
        half = size / 2
        return np.array(
            [
                [across, -down, self.x - half * (across - down)],
                [down, across, self.y - half * (across + down)],
            ]
        )

    def back(self, places: Numbers) -> Numbers:
        """From parts of the square, shape (n, 2), to pixels of the picture."""
        matrix = self.matrix(1)
        pixels: Numbers = places @ matrix[:, :2].T + matrix[:, 2]
        return pixels

    def turn(self, world: Numbers) -> Numbers:
        """From metres as the crop shows them, shape (n, 3), to metres as the picture does."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        turned: Numbers = world @ np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
        return turned

    def distance(self, other: "Region") -> float:
        """From middle to middle, in sides of this one."""
        return math.hypot(self.x - other.x, self.y - other.y) / self.side

    def overlap(self, other: "Region") -> float:
        """Intersection over union of the two squares, as if neither was turned; in pixels, which
        comes to the same as MediaPipe's parts of width and height."""
        apart = max(abs(self.x - other.x), abs(self.y - other.y))
        both = (self.side + other.side) / 2
        if apart >= both:
            return 0.0
        wide = min(self.side, other.side, both - abs(self.x - other.x))
        high = min(self.side, other.side, both - abs(self.y - other.y))
        return wide * high / (self.side**2 + other.side**2 - wide * high)


def without_doubles(regions: Iterable[Region], min_overlap: float) -> list[Region]:
    """The regions less those that a later one covers by more than `min_overlap` (of the union):
    somebody who is found anew is not looked for where he was as well."""
    kept: list[Region] = []
    for region in regions:
        kept = [each for each in kept if region.overlap(each) <= min_overlap]
        kept.append(region)
    return kept
