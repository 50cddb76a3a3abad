"""What a camera sees when something is wrong, drawn: a lens cap, lights off, a picture that stands.

A room is a picture with structure; `Eye` gives it the noise of a sensor. `make_film` writes what an
eye sees.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.frame import Image

RATE: Final = 15
SIZE: Final = (160, 120)
Levels = npt.NDArray[np.float32]
"""A picture without noise, shape (height, width, 3); black is 0."""
Side = Literal["left", "right", "top", "bottom"]
_MARGIN: Final = 64


def room(contrast: float = 40.0, mean: float = 120.0, seed: int = 0) -> Levels:
    """Furniture: its standard deviation is `contrast`."""
    random = np.random.default_rng(seed)
    width, height = SIZE
    picture = np.zeros((height, width), np.float32)
    for _ in range(60):
        x, y = int(random.integers(width)), int(random.integers(height))
        w, h = random.integers(6, 50, 2)
        picture[y : y + h, x : x + w] += random.normal()
    picture *= contrast / picture.std()
    return _coloured(picture + mean - picture.mean())


def wall(level: float = 170.0) -> Levels:
    """Nothing but a wall, in a light that falls from one side."""
    return _coloured(
        np.tile(np.linspace(1.1, 0.9, SIZE[0], dtype=np.float32) * level, (SIZE[1], 1))
    )


def hand(level: float = 90.0) -> Levels:
    """Close to the lens: out of focus, with light between its edges."""
    across = np.linspace(-1.0, 1.0, SIZE[0], dtype=np.float32)
    return _coloured(np.tile(level * (1 + 0.5 * across**2), (SIZE[1], 1)))


def leak() -> Levels:
    """A hand, and light that leaks in beside it."""
    across = np.linspace(0.0, 1.0, SIZE[0], dtype=np.float32)
    return _coloured(np.tile(20 + 180 * np.exp(-5 * across), (SIZE[1], 1)))


def somebody(picture: Levels) -> Levels:
    """The same with somebody in the middle."""
    there = picture.copy()
    there[30:, 60:100] = (60, 40, 90)
    there[12:30, 70:90] = (200, 160, 140)
    there[60:64, 60:100] = 220
    return there


def capped(picture: Levels, share: float, side: Side = "left") -> Levels:
    """Black from one side on, with an edge that is out of focus."""
    height, width = picture.shape[:2]
    across = side in ("left", "right")
    place = np.linspace(0.0, 1.0, width if across else height, dtype=np.float32)
    if side in ("right", "bottom"):
        place = place[::-1]
    free = np.clip((place - (1.15 * share - 0.15)) / 0.15, 0.0, 1.0)
    shape = (1, width, 1) if across else (height, 1, 1)
    covered: Levels = picture * free.reshape(shape)
    return covered


def blinds(picture: Levels) -> Levels:
    """The same where the sun shines through blinds."""
    sunny = picture.copy()
    for y in range(8, 90, 8):
        sunny[y : y + 4, 20:140] = 250
    return sunny


def lamp(picture: Levels) -> Levels:
    """The ceiling's light is off, and a lamp at the bed lights the quarter on the right."""
    width = picture.shape[1]
    evening = picture * 0.05
    evening[:, width * 3 // 4 :] = picture[:, width * 3 // 4 :] * 0.9
    return evening


def torch() -> Levels:
    """It shines into the lens."""
    height, width = SIZE[1], SIZE[0]
    x, y = np.linspace(-1, 1, width), np.linspace(-1, 1, height)[:, np.newaxis]
    return _coloured(np.asarray(255 * np.exp(-0.45 * (x**2 + y**2)), np.float32))


def glow(picture: Levels) -> Levels:
    """The lights are off, and a monitor and a lamp of some device are on."""
    night = picture * 0.02
    night[40:60, 20:50] = (90, 110, 140)
    night[30:70, 10:60] += 8
    night[100, 140] = (255, 40, 40)
    return night


def _coloured(picture: Levels) -> Levels:
    return np.dstack([picture * 1.02, picture, picture * 0.97]).astype(np.float32)


class Eye:
    """A sensor with noise of this standard deviation, on top of `black`."""

    def __init__(self, noise: float = 3.0, black: float = 2.0, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        height, width = SIZE[1] + _MARGIN, SIZE[0] + _MARGIN
        self._noise = self._random.normal(black, noise, (height, width, 3)).astype(np.float32)

    def see(self, picture: Levels) -> Image:
        """A new picture of it, RGB."""
        height, width = picture.shape[:2]
        x, y = self._random.integers(0, _MARGIN, 2)
        noisy = picture + self._noise[y : y + height, x : x + width]
        image: Image = np.clip(noisy + 0.5, 0, 255).astype(np.uint8)
        return image


def still(picture: Levels, seconds: float, eye: Eye | None = None) -> Iterator[Image]:
    """Unchanged but for the noise."""
    eye = eye or Eye()
    for _ in range(round(seconds * RATE)):
        yield eye.see(picture)


def cap_put_on(
    picture: Levels, seconds: float, side: Side = "left", takes: float = 1.0
) -> Iterator[Image]:
    """A lens cap comes, which `takes` so many seconds, and stays."""
    eye = Eye()
    for number in range(round(takes * RATE)):
        yield eye.see(capped(picture, number / (takes * RATE), side))
    yield from still(picture * 0, seconds - takes, eye)


def lights_off(picture: Levels, seconds: float, fades: float = 0.3) -> Iterator[Image]:
    """The light is gone within `fades` seconds."""
    eye = Eye()
    for number in range(round(fades * RATE)):
        yield eye.see(picture * (1 - number / (fades * RATE)))
    yield from still(picture * 0, seconds - fades, eye)


def standing_still(picture: Levels, seconds: float) -> Iterator[Image]:
    """The same to the last bit."""
    frozen = Eye().see(picture)
    return (frozen for _ in range(round(seconds * RATE)))


def make_film(path: Path, *parts: Iterable[Image]) -> Path:
    """Write a film, lossless, so that noise and its absence stay what they are."""
    images = chain(*parts)
    first = next(images)
    size = first.shape[1], first.shape[0]
    code = cv2.VideoWriter.fourcc(*"FFV1")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, float(RATE), size)
    assert writer.isOpened()
    for image in chain([first], images):
        writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    writer.release()
    return path
