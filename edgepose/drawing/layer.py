"""One colour laid over a part of a picture, each stroke as opaque as it is asked for.

OpenCV's strokes are opaque: they are drawn into a sheet of opacities, and the sheet is laid over
the picture at once, so that strokes that overlap do not add up. Any thread; raises nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from edgepose.drawing.colours import Colour

Point = tuple[float, float]
"""In pixels of the picture; (0, 0) is the middle of the pixel in the corner at the top left."""

Place = tuple[int, int]
"""On a sheet, in OpenCV's whole numbers."""

_SHIFT: Final = 4
"""OpenCV takes whole numbers, in units of 2**-_SHIFT pixels."""
_FAR: Final = 30_000.0
"""OpenCV's arithmetic has an end; nothing in a picture is farther outside of it, in pixels."""


class Box(NamedTuple):
    """A part of a picture, in whole pixels; right and bottom are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


class Layer:
    """A sheet over the part `box` of a picture."""

    def __init__(self, box: Box) -> None:
        self._box = box
        shape = max(0, box.bottom - box.top), max(0, box.right - box.left)
        self._opacity: npt.NDArray[np.uint8] = np.zeros(shape, np.uint8)

    def line(self, a: Place, b: Place, width: int, opacity: float) -> None:
        """A line with round ends; `width` in pixels, `opacity` 0..1."""
        cv2.line(self._opacity, a, b, _level(opacity), width, cv2.LINE_AA, _SHIFT)

    def dot(self, middle: Place, radius: float, opacity: float) -> None:
        """A disc; `radius` in pixels."""
        size = round(radius * (1 << _SHIFT))
        level = _level(opacity)
        cv2.circle(self._opacity, middle, size, level, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def ring(self, middle: Place, radius: float, width: int, opacity: float) -> None:
        """A circle; `radius` and `width` of its line in pixels."""
        size = round(radius * (1 << _SHIFT))
        cv2.circle(self._opacity, middle, size, _level(opacity), width, cv2.LINE_AA, _SHIFT)

    def outline(self, contours: Sequence[MatLike], width: int, opacity: float) -> None:
        """Closed lines, as OpenCV finds them in the part that this sheet lies over."""
        cv2.drawContours(self._opacity, contours, -1, _level(opacity), width, cv2.LINE_AA)

    def lay_over(self, picture: npt.NDArray[np.uint8], colour: Colour) -> None:
        """Blend `colour` into the RGB picture (height, width, 3), in place."""
        left, top, right, bottom = self._box
        part = picture[top:bottom, left:right]
        # A skeleton is thin: most of the sheet is empty. numpy takes the colours one by one in a
        # quarter of the time.
        drawn = self._opacity > 0
        share = self._opacity[drawn].astype(np.uint16)
        rest = 255 - share
        for channel, level in enumerate(colour):
            under = part[..., channel]
            under[drawn] = (under[drawn] * rest + (share * level + 127)) // 255


def places(points: Iterable[Point], box: Box) -> list[Place]:
    """Where the points are on sheets over `box`."""
    scale = 1 << _SHIFT
    near = ((min(max(x, -_FAR), _FAR), min(max(y, -_FAR), _FAR)) for x, y in points)
    return [(round((x - box.left) * scale), round((y - box.top) * scale)) for x, y in near]


def _level(opacity: float) -> int:
    return round(min(max(opacity, 0.0), 1.0) * 255)
