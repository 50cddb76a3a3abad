"""A picture of a file as the engine gets it, and what is known of a film before it is read.

Pure; any thread.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from edgepose.drawing import Picture

MOST_PIXELS: Final = 128_000_000
"""Of one picture: more than the cameras of phones make (108 million), and 384 MB of memory."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What a film says of itself. `frames` is its own word for how many there are, or a guess;
    None where nothing is known. Times of its shots count `time_base` seconds; `rate` is its usual
    number of frames a second. `pixel_aspect`: width to height of a pixel as it is shown."""

    time_base: Fraction
    rate: Fraction
    frames: int | None = None
    pixel_aspect: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Shot:
    """RGB uint8, (height, width, 3), upright, and its number in the file from 0.

    `pts`: its time in the film, in the time base of its Clip, from the beginning of the film, and
    rising; `duration` in the same unit. Both None in what is no film.
    """

    image: Picture
    frame: int = 0
    pts: int | None = None
    duration: int | None = None

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.image.size // 3


_FAR_BACK: Final = 10
"""Frames. Times that go back farther begin anew, as in pieces that were joined byte by byte; a
frame that is less behind is out of order."""


class Rising:
    """Times of a film that rise, whatever the file says. `usual`: from one frame to the next."""

    def __init__(self, usual: int, origin: int | None = None) -> None:
        self._usual = max(1, usual)
        self._origin = origin
        self._last = -1

    def next(self, pts: int | None) -> int:
        """The time of the next frame, counted from the origin; a frame without one follows on."""
        if pts is None:
            at = self._last + self._usual if self._last >= 0 else 0
        else:
            if self._origin is None:
                self._origin = pts
            at = pts - self._origin
            if self._last >= 0 and self._last - at > _FAR_BACK * self._usual:
                at = self._last + self._usual
                self._origin = pts - at
        self._last = max(self._last + 1, at)
        return self._last
