"""The room behind the actor, drawn once for each size, and the camera's noise.

Owns both pictures. Read only after it is built; one actor source uses it on its own thread.
Raises nothing.
"""

import cv2
import numpy as np

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor.brush import Colour
from edgepose.vision.sources.actor.view import View

_WALL: Colour = (176, 182, 178)
_SKIRTING: Colour = (214, 212, 206)
_PLANKS: Colour = (150, 122, 94)
_HORIZON = 0.80
"""Where the floor meets the wall, as part of the picture's height."""
_NOISE = 3.0
"""Standard deviation of the noise, grey levels of 255: a small sensor indoors."""
_MEAN = 12
"""The noise is kept as bytes around this value: adding mixed types takes twice as long."""
_MARGIN = 64
"""How far the noise patch is larger than the picture: moving it makes new noise."""


class Backdrop:
    """The empty room at one size."""

    def __init__(self, view: View) -> None:
        self._width, self._height = view.width, view.height
        # A fixed seed: frame n is the same picture in every run.
        random = np.random.default_rng(33)
        self._room = _room(view, random)
        patch = (view.height + _MARGIN, view.width + _MARGIN, 3)
        self._noise = np.empty(patch, dtype=np.uint8)
        # Row by row: at once it would take 50 MB for a moment at 1920x1080.
        for row in self._noise:
            row[:] = np.clip(random.normal(_MEAN + 0.5, _NOISE, row.shape), 0, 2 * _MEAN)

    def fresh(self) -> Image:
        """Give a new picture of the room, without noise."""
        return self._room.copy()

    def add_noise(self, image: Image, number: int) -> None:
        """Add the noise of frame `number` in place; the next 4096 frames have other noise."""
        down, right = divmod(number * 1597 % _MARGIN**2, _MARGIN)
        noise = self._noise[down : down + self._height, right : right + self._width]
        cv2.addWeighted(image, 1.0, noise, 1.0, -_MEAN, image)


def _room(view: View, random: np.random.Generator) -> Image:
    width, height = view.width, view.height
    edge = round(_HORIZON * height)
    room = np.empty((height, width, 3), dtype=np.float32)
    room[:edge] = _WALL
    room[edge:] = _PLANKS
    for row in range(edge, height):
        # Planks are narrower to the eye the farther away they lie.
        plank = int(6 * np.log2(1 + (row - edge) / (0.03 * height)))
        room[row] *= 0.92 + 0.16 * ((plank * 0.618) % 1.0)
    skirting = max(1, round(0.025 * height))
    room[edge - skirting : edge] = _SKIRTING
    room[edge - 1 : edge + 1] *= 0.6
    # Light from the upper left, and the blotches of a painted wall.
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    light = 1.12 - 0.22 * across - 0.10 * down
    blotches = random.normal(0.0, 1.0, (12, 16)).astype(np.float32)
    light += 0.015 * cv2.resize(blotches, (width, height), interpolation=cv2.INTER_CUBIC)
    room *= light[:, :, np.newaxis].astype(np.float32)
    return np.clip(room, 0, 255).astype(np.uint8)
