"""Areas of the picture that nothing may see: blacked before anything looks at it.

Owns which pixels these are, worked out once for each size of picture. Runs on the capture thread;
raises nothing.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from edgepose.vision.frame import Image
from edgepose.vision.glance import grey
from edgepose.vision.known import ALL, Known

Polygon = Sequence[tuple[float, float]]
"""Corners [x, y] in parts of the picture's width and height, after rotation, unmirrored."""
_SHIFT: Final = 8
"""Bits of a pixel's fraction that OpenCV is told."""


class Mask:
    """Blacks `polygons`. `rotation`: how far the pictures will be turned clockwise after that."""

    def __init__(self, polygons: Sequence[Polygon] = (), rotation: int = 0) -> None:
        self._polygons = [[_before(point, rotation) for point in each] for each in polygons]
        self._shape: tuple[int, ...] = ()
        self._open: Image = np.zeros((0, 0, 3), np.uint8)
        self.known: Known = ALL
        """Which cells of a glance show something, in the newest picture."""

    def apply(self, image: Image) -> Image:
        """The picture, not turned yet, with the areas in black: another array, the one that was
        given is a source's. Without areas it is that one itself.

        All else is as it was. Black is each pixel whose centre lies in a polygon, and one or two
        beside its edges. 40 us for 640x480 on an x86-64 core.
        """
        if not self._polygons:
            return image
        if image.shape != self._shape:
            self._shape, self._open = image.shape, self._drawn(image)
            self.known = Known(grey(self._open) == 255)
        return cv2.bitwise_and(image, self._open)  # type: ignore[return-value]

    def _drawn(self, image: Image) -> Image:
        """White where all may be seen, else black."""
        height, width = image.shape[:2]
        drawn = np.full(image.shape, 255, np.uint8)
        # The centre of the first pixel is OpenCV's 0.
        scale, centre = np.array([width, height], np.float64), 0.5
        for polygon in self._polygons:
            corners = np.rint((np.array(polygon) * scale - centre) * (1 << _SHIFT))
            # Each by itself: what two of them cover would be open again.
            cv2.fillPoly(drawn, [corners.astype(np.int32)], (0, 0, 0), shift=_SHIFT)
        # OpenCV leaves out some pixels at an edge.
        return cv2.erode(drawn, np.ones((3, 3), np.uint8))  # type: ignore[return-value]


def _before(point: tuple[float, float], rotation: int) -> tuple[float, float]:
    """Where a point of the turned picture lies in the one that is not turned yet."""
    x, y = point
    return {0: (x, y), 90: (y, 1 - x), 180: (1 - x, 1 - y), 270: (1 - y, x)}[rotation]
