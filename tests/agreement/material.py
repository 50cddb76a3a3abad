"""What both engines look at: real pictures, a real film, drawn scenes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import cv2

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource
from edgepose.vision.sources.uri import open_uri

FILM: Final = "street-couple.avi"


@dataclass(frozen=True, slots=True)
class Material:
    """Pictures and how to look at them.

    `kind`: `scene` of the actor, `film`, or `picture`. `num_poses`: how many people to find.
    `alone`: each picture for itself, in IMAGE mode. `nudged`: four pixels of each picture are
    changed by one step, to see what so little does to an engine. `every`: one picture of so many
    is taken.
    """

    title: str
    kind: str
    name: str
    num_poses: int = 1
    alone: bool = False
    nudged: bool = False
    every: int = 1


SCENE: Final = 90
"""Frames of an actor's scene: three seconds."""


def images(material: Material, media: Path) -> Iterator[Image]:
    """The pictures, RGB, each of the size it comes in; the actor's at 640x480."""
    for image in islice(_all(material, media), 0, None, material.every):
        if material.nudged:
            height, width = image.shape[:2]
            image = image.copy()  # noqa: PLW2901 - the source's own is not ours to change
            image[height // 2 : height // 2 + 2, width // 2 : width // 2 + 2] ^= 1
        yield image


def _all(material: Material, media: Path) -> Iterator[Image]:
    never = threading.Event()
    if material.kind == "scene":
        source = ActorSource(material.name, (640, 480), 0)
        yield from (frame.image for frame in islice(source.frames(never), SCENE))
    elif material.kind == "film":
        film = open_uri(str(media / material.name), (1280, 720), 0, False)
        yield from (frame.image for frame in film.frames(never))
    else:
        picture = cv2.imread(str(media / material.name))
        assert picture is not None, material.name
        yield cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[misc]
