"""Shaded shapes: rounded limbs and stacks of rounds, lit from the upper left.

Owns how a shape is filled. Knows nothing of bodies. Writes into the image it is given, on the
thread of its caller; raises nothing. Points are pixels, (0, 0) is the picture's corner; a shape
may lie partly or wholly outside.
"""

from collections.abc import Sequence
from math import pi, sqrt
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor.skeleton import Points

Colour = tuple[int, int, int]
"""R, G, B."""
Shape = npt.NDArray[np.float64]
"""The outline (n, 2) of a shape and, behind it, the line (n, 2) toward which it shrinks and
brightens: shape (2, n, 2)."""
Limb = tuple[Points, Points, float, float] | tuple[Points, Points, float, float, Literal["cut"]]
"""Start and end (2,), radius at each, and whether the far end is flat instead of round."""

_LIGHT = np.array([-0.50, -0.62])
"""The way to the light, in the picture; shorter than 1, the rest of it points to the camera."""
_SHADE, _LIT = 0.52, 1.12
"""Brightness at a shape's edge and where it faces the light."""
_FRACTION_BITS = 4
_ARC = np.linspace(-1.0, 1.0, 9)
_CORNERS = np.where(_ARC < 0, -1.0, 1.0)
_CIRCLE = np.linspace(0.0, 2 * pi, 24, endpoint=False)
RING = np.column_stack([np.cos(_CIRCLE), np.sin(_CIRCLE)])
"""The unit circle as an outline."""


def toned(colour: Colour, brightness: float) -> Colour:
    """Make a colour brighter or darker."""
    red, green, blue = (min(255, int(part * brightness)) for part in colour)
    return red, green, blue


def fill(image: Image, outline: Points, colour: Colour) -> None:
    """Fill one closed outline, shape (n, 2), with smooth edges."""
    cv2.fillPoly(image, [_fixed(outline)], colour, cv2.LINE_AA, _FRACTION_BITS)


def stroke(image: Image, line: Points, colour: Colour, width: float) -> None:
    """Draw an open line, shape (n, 2), with smooth edges; `width` in pixels."""
    cv2.polylines(
        image, [_fixed(line)], False, colour, max(1, round(width)), cv2.LINE_AA, _FRACTION_BITS
    )


def paint(
    image: Image, shapes: Sequence[Shape], colour: Colour, steps: int, dim: float = 1.0
) -> None:
    """Shade shapes of one colour that grow into each other, without a seam between them.

    `steps` is the number of tones. What is nearer is painted by a later call.
    """
    widths = 1.0 - np.arange(steps) / steps
    bands = [
        _fixed(core + widths[:, np.newaxis, np.newaxis] * (outline - core))
        for outline, core in shapes
    ]
    for step, width in enumerate(widths.tolist()):
        brightness = _SHADE + (_LIT - _SHADE) * sqrt(1.0 - width * width)
        tone = toned(colour, brightness * dim)
        for band in bands:
            cv2.fillPoly(image, [band[step]], tone, cv2.LINE_AA, _FRACTION_BITS)


def limbs(*parts: Limb) -> list[Shape]:
    """Round limbs, each with one radius at its start and another at its end."""
    starts, ends = (np.array([part[end] for part in parts]) for end in (0, 1))
    wide, narrow = (np.array([[part[end]] for part in parts]) for end in (2, 3))
    cut = np.array([[len(part) > 4] for part in parts])
    ways = ends - starts
    length = np.maximum(np.hypot(ways[:, :1], ways[:, 1:]), 1e-6)
    along = np.arctan2(ways[:, 1:], ways[:, :1])
    # Half the angle of the far end's arc; 0 where the near end's circle covers the far end.
    lean = np.arccos(np.clip((wide - narrow) / length, -1.0, 1.0))
    tip = lean * np.where(cut, _CORNERS, _ARC)
    angles = along + np.concatenate([tip, pi + (pi - lean) * _ARC], axis=1)
    half = len(_ARC)
    shapes = np.empty((len(parts), 2, 2 * half, 2))
    np.cos(angles, out=shapes[:, 0, :, 0])
    np.sin(angles, out=shapes[:, 0, :, 1])
    axes = ways / length
    light = _LIGHT - (axes @ _LIGHT)[:, np.newaxis] * axes
    shapes[:, 1] = light[:, np.newaxis]
    for places, radii, centres in (
        (slice(0, half), narrow, ends),
        (slice(half, None), wide, starts),
    ):
        shapes[:, :, places] *= radii[:, np.newaxis, np.newaxis]
        shapes[:, :, places] += centres[:, np.newaxis, np.newaxis]
    return list(shapes)


def stack(left: Points, right: Points) -> Shape:
    """A round body given by its two edges, each (n, 2) from top to bottom."""
    middle, half = (left + right) / 2, (right - left) / 2
    core = middle + _LIGHT[0] * half
    return np.stack([np.concatenate([left, right[::-1]]), np.concatenate([core, core[::-1]])])


def _fixed(points: Points) -> npt.NDArray[np.int32]:
    # OpenCV's (0, 0) is the centre of the first pixel, ours is its corner.
    return np.rint((points - 0.5) * (1 << _FRACTION_BITS)).astype(np.int32)
