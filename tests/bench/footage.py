"""What is looked at: a real film where there is one, else the drawn person.

Owns the choice and the size. Raises UserError where the film cannot be read.
"""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2

from edgepose.errors import UserError
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource
from edgepose.vision.sources.film import play_film
from tests.harness.media import MEDIA

SIZE: Final = (640, 360)
FILM: Final = MEDIA / "street-couple.avi"
FRAMES: Final = 204
"""What the film has."""
PICTURES: Final = 60
"""Small enough for the source that plays them to keep them all in memory."""


def name() -> str:
    """What `images` yields, for the report."""
    return FILM.name if FILM.is_file() else "actor, standing"


def images(step: int = 1) -> Iterator[Image]:
    """Yield every `step`-th frame, RGB of SIZE."""
    if FILM.is_file():
        frames = (shot.image for shot in play_film(FILM, SIZE, loop=False))
    else:
        actor = ActorSource("standing", SIZE, 0)
        frames = (frame.image for frame in actor.frames(threading.Event()))
    yield from itertools.islice(frames, 0, FRAMES, step)


def write_pictures(folder: Path) -> None:
    """Write PICTURES frames, from all over the footage, as files that decode to the same pixels."""
    for i, image in enumerate(itertools.islice(images(FRAMES // PICTURES), PICTURES)):
        path = folder / f"{i:03}.bmp"
        if not cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR)):
            raise UserError(f"{path}: cannot be written")
