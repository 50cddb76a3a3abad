"""Whether anything moves, by glances of one camera, one after the other.

Owns the memory of what the room looks like when nothing moves. Knows no pixels but the glance's,
no clock and no people: a curtain moves, too. For one thread; raises nothing.
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.glance import HEIGHT, WIDTH, Glance
from edgepose.vision.known import ALL, Known

FIRST: Final = 16
"""So many glances it takes to know the room; until then everything counts as motion."""
_LEARN: Final = 1 / 64
"""How much of a glance goes into what the room looks like, and into how far from it is usual. What
has stopped moving is part of the room after 40 to 60 glances, three or four seconds."""
_UNREST: Final = 7.0
"""How many times as far as usual a part of the room must be from what it looks like. Of a Gaussian
noise that is 5.6 standard deviations."""
_LEAST: Final = 1.0
"""Grey levels on top of that, for a picture without noise."""
_OUTLIER: Final = 3.0
"""A part that is farther from the room than so many times the usual distance (and `_LEAST`) counts
as no farther in what is learned: who walks by makes no place restless and leaves no ghost there."""
_DARK: Final = 8.0
"""Grey levels added to a row's brightness before it is compared: in the dark a level is much."""

_Field = npt.NDArray[np.float32]
"""Shape (60, 80): a number for each cell of a glance."""


class Motion:
    """Compares each glance with what the room looks like.

    Finds what differs from the room by enough over 3x3 cells, of which each is an eightieth of the
    width and a sixtieth of the height. Where the noise of the picture has a standard deviation of 3
    grey levels, that is a person of 5% of the picture's height who stands out from the background
    by 20 levels, or one of 10% by 10; with a deviation of 12 it is three times as much. Who is just
    as bright as the background all over is not found, nor is who has stood still for four seconds.

    The brightness of each row is compared with the row's usual one first, so neither automatic
    exposure nor lamps that flicker, which a rolling shutter turns into stripes, are motion. What
    moves always at the same place by the same, leaves or a television, soon is the rule there and
    no motion. The sun moves slowly, and is learned on the way. What a mask hides counts in no row.
    """

    def __init__(self) -> None:
        self._seen = 0
        self._room: _Field = np.zeros((HEIGHT, WIDTH), np.float32)
        self._usual: _Field = np.zeros((HEIGHT, WIDTH), np.float32)
        """How far the cells usually are from the room, as a mean of magnitudes, grey levels."""

    def see(self, glance: Glance, known: Known = ALL) -> bool:
        """Take in a glance; whether something moved. `known`: what of it shows anything."""
        self._seen += 1
        # The blur brings something of the room into what is hidden.
        calm = cast(_Field, cv2.blur(glance.astype(np.float32), (3, 3)) * known.cells)
        if self._seen == 1:
            self._room = calm
            return True
        level, now = (
            (each * known.of_row).sum(axis=1, keepdims=True) for each in (self._room, calm)
        )
        gain = (level + _DARK) / (now + _DARK)
        step = calm * gain - self._room
        distance = np.abs(step)
        # What is made brighter has more noise, too.
        moved = bool(np.any(distance > (_UNREST * self._usual + _LEAST) * np.maximum(gain, 1)))
        # The first ones count more, so that what is known is a mean from the start.
        share = np.float32(max(_LEARN, 1 / self._seen))
        acquainted = self._seen > FIRST
        if acquainted:
            most = _OUTLIER * self._usual + _LEAST
            distance = np.minimum(distance, most)
            step = np.maximum(np.minimum(step, most), -most)
        self._usual += share * (distance - self._usual)
        # What it looks like follows slowly where somebody is, and at once how bright it is.
        self._room += share * (step + self._room * (1 / gain - 1))
        return moved or not acquainted
