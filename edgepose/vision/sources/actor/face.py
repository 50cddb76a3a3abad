"""Draws a head: hair, ears and the face around its landmarks.

Owns the look of the head. Writes into the image it is given, on the thread of its caller;
raises nothing.
"""

from math import pi

import numpy as np

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor.brush import RING, Colour, fill, limbs, paint, stroke, toned
from edgepose.vision.sources.actor.skeleton import FACE, HEAD_HALF, LEFT_EAR, Body, Points
from edgepose.vision.sources.actor.view import View

_PUPIL: Colour = (46, 30, 26)
_WHITE: Colour = (240, 236, 230)
_LIPS: Colour = (172, 100, 92)

_AROUND = np.linspace(0.0, 2 * pi, 28, endpoint=False)


def _face_edge() -> Points:
    """Unit directions in the frame of the head: hairline, temples, jaw and chin."""
    across = 0.93 * np.sin(_AROUND)
    up = np.where(np.cos(_AROUND) > 0, 0.56, 0.98) * np.cos(_AROUND)
    return np.column_stack([across, up, np.sqrt(np.maximum(0.0, 1.0 - across**2 - up**2))])


_FACE_EDGE = _face_edge()
_NOSE_AND_LIPS = np.array(
    [
        FACE[0],
        [0.000, 0.010, 0.096],
        [0.016, -0.034, 0.094],
        [-0.016, -0.034, 0.094],
        [0.000, -0.066, 0.094],
    ]
)
"""Tip and bridge of the nose, its left and right wing, the middle of the lips."""


def draw_head(image: Image, body: Body, view: View, skin: Colour, hair: Colour) -> None:
    """Draw the head of a body that does not turn its back to the camera."""
    head = _Head(image, body, view)
    head.skull_and_hair(skin, hair)
    head.ears(skin)
    head.face(skin)
    head.eyes(hair)
    head.nose_and_mouth(skin)


class _Head:
    """One head on its picture. Points without a word about it are metres in its own frame."""

    def __init__(self, image: Image, body: Body, view: View) -> None:
        self._image = image
        self._turn = body.head
        self._metre = view.scale * body.scale
        self._centre = view.project(body.skull)
        self._axes = view.flatten(body.head) * body.scale
        self._spread = self._axes.T @ np.diag(HEAD_HALF**2) @ self._axes

    def _place(self, points: Points) -> Points:
        """Turn points of the head into pixels."""
        return np.asarray(self._centre + points @ self._axes)

    def skull_and_hair(self, skin: Colour, hair: Colour) -> None:
        """Fill the whole head; the hair covers it down to the ears, at the back to the nape."""
        ring = np.linspace(0.0, 2 * pi, 40, endpoint=False)
        root = np.linalg.cholesky(self._spread)
        outline: Points = np.column_stack([np.cos(ring), np.sin(ring)]) @ root.T
        down = outline[:, 1] / np.abs(outline[:, 1]).max()
        # A head is broader above the ears than at the chin.
        outline[:, 0] *= np.where(down > 0, 1.0 - 0.16 * down, 1.0 + 0.18 * down**2)
        fill(self._image, self._centre + outline, toned(skin, 0.72))
        ahead = outline @ self._axes[2] / self._metre
        hairy = outline[outline[:, 1] < 0.25 * HEAD_HALF[1] * self._metre - 0.45 * ahead]
        middle = self._place(np.array([0.0, -0.006, -0.010]))
        fill(self._image, middle + 1.09 * hairy, toned(hair, 0.8))
        fill(self._image, middle + 0.92 * hairy - (0.006 * self._metre, 0.0), hair)

    def ears(self, skin: Colour) -> None:
        """Paint the ears that are not behind the head."""
        for row, sign in ((LEFT_EAR, 1.0), (LEFT_EAR + 1, -1.0)):
            if sign * self._turn[0, 2] > -0.35:
                low, high = self._place(FACE[row] + [[0.0, -0.018, 0.0], [0.0, 0.018, 0.0]])
                lobe = limbs((low, high, 0.011 * self._metre, 0.014 * self._metre))
                paint(self._image, lobe, skin, 3, 0.9)

    def face(self, skin: Colour) -> None:
        """Fill the face; what is turned away of its edge moves to the visible edge of the head."""
        edge: Points = (_FACE_EDGE * HEAD_HALF) @ self._axes
        away = (_FACE_EDGE / HEAD_HALF) @ self._turn[:, 2] < 0
        size = np.sqrt(np.einsum("ni,ij,nj->n", edge, np.linalg.inv(self._spread), edge))
        edge[away] /= size[away, np.newaxis]
        middle = edge.mean(axis=0)
        light = np.array([-0.040, -0.025]) * self._metre
        for width, brightness in ((1.0, 0.80), (0.90, 0.93), (0.74, 1.0), (0.5, 1.05)):
            inner = middle + width * (edge - middle) + (1 - width) * light
            fill(self._image, self._centre + inner, toned(skin, brightness))

    def eyes(self, hair: Colour) -> None:
        """Draw the eyes and the brows over them."""
        for eye, sign in (([1, 2, 3], 1.0), ([4, 5, 6], -1.0)):
            # An eye beyond the bridge of the nose is out of sight in profile.
            if sign * self._turn[0, 2] < -0.80:
                continue
            inner, pupil, outer = self._place(FACE[eye])
            white, _ = limbs((inner, outer, 0.006 * self._metre, 0.006 * self._metre))[0]
            fill(self._image, white, _WHITE)
            fill(self._image, pupil + 0.0065 * self._metre * RING, _PUPIL)
            brow = self._place(FACE[eye] + [0.0, 0.022, 0.002])
            stroke(self._image, brow, hair, 0.006 * self._metre)

    def nose_and_mouth(self, skin: Colour) -> None:
        """Draw the nose as a wedge with a lit and a dark side, and the lips as a line."""
        tip, bridge, left, right, lips = self._place(_NOSE_AND_LIPS)
        fill(self._image, np.stack([bridge, tip, right]), toned(skin, 1.02))
        fill(self._image, np.stack([bridge, tip, left]), toned(skin, 0.86))
        fill(self._image, np.stack([tip, right, left]), toned(skin, 0.68))
        corners = self._place(FACE[[9, 10]])
        mouth = np.stack([corners[0], lips, corners[1]])
        stroke(self._image, mouth, _LIPS, 0.006 * self._metre)
