"""Ways to look at pictures that only one test needs.

These functions run in the sandboxed process of `sandboxed`; `name` is the engine's.
"""

import importlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from edgepose.messages.pose import Person
from edgepose.vision.engines import Engine, EngineLost, EngineOptions, FrameRefused, detect
from edgepose.vision.engines.litert.engine import LiteRtEngine
from edgepose.vision.engines.litert.landmarks import Seen
from edgepose.vision.engines.litert.region import Region
from edgepose.vision.engines.litert.tracker import Regions
from edgepose.vision.engines.opening import open_engine
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource

STEP_NS: Final = 33_000_000
BLANK: Final = np.zeros((480, 640, 3), np.uint8)


def _read_only(image: Image) -> Image:
    image = image.copy()
    image.setflags(write=False)
    return image


VIEWS: Final[dict[str, Callable[[Image], Image]]] = {
    "cropped": lambda image: image[5:-5, 10:-10],
    "mirrored": lambda image: image[:, ::-1],
    "upside down": lambda image: image[::-1],
    "channels the other way round": lambda image: image[..., ::-1],
    "turned": np.rot90,
    "every other pixel": lambda image: image[::2, ::2],
    "Fortran's order": np.asfortranarray,
    "read-only": _read_only,
}
"""Pictures whose numbers do not lie one behind the other in memory, or may not be written. They
are made in the process that looks: on the way to it a picture is copied into order."""


def views(name: str, options: EngineOptions, image: Image) -> dict[str, list[tuple[Person, ...]]]:
    """Who is in each view, and who in a copy of it; the engine loses everybody in between."""
    engine = open_engine(name, options)
    seen: dict[str, list[tuple[Person, ...]]] = {}
    stamp = 0
    for title, view in VIEWS.items():
        seen[title] = []
        for shown in (view(image), view(image).copy(order="C")):
            for picture in (np.zeros_like(shown), shown):
                stamp += STEP_NS
                people = detect(engine, picture, stamp).people
            seen[title].append(people)
    engine.close()
    return seen


def refusals(name: str, options: EngineOptions, images: list[Image]) -> list[str]:
    """Why each picture is refused, and whether a good one after them is taken."""
    engine = open_engine(name, options)
    reasons = []
    for number, image in enumerate([*images, BLANK]):
        try:
            detect(engine, image, number * STEP_NS)
            reasons.append("taken")
        except FrameRefused as refusal:
            reasons.append(str(refusal))
    engine.close()
    return reasons


def opened(name: str, options: EngineOptions) -> None:
    """Open the engine, which is all that is wanted."""
    open_engine(name, options).close()


def people_by_threads(
    name: str, options: list[EngineOptions], scene: str, count: int
) -> list[list[tuple[Person, ...]]]:
    """Who is in each frame, for each of the options."""
    seen = []
    for each in options:
        engine = open_engine(name, each)
        source = ActorSource(scene, (640, 480), 0).frames(threading.Event())
        seen.append(
            [
                detect(engine, frame.image, frame.number * STEP_NS).people
                for frame in islice(source, count)
            ]
        )
        engine.close()
    return seen


@dataclass(frozen=True)
class Work:
    """What LiteRT did for one picture.

    `runs`: how often the detector has run so far. `detected`: where it saw somebody. `looked`:
    where landmarks were looked for. `people`: how many were found.
    """

    runs: int
    detected: list[Region]
    looked: list[Region]
    people: int


def work_done(options: EngineOptions, scene: str, numbers: range, blank: range) -> list[Work]:
    """LiteRT on these frames of a scene, with black ones at these places."""
    engine = LiteRtEngine(options, Regions())
    tracker = engine.tracker
    detector, finder = tracker._detector.find, tracker._finder.find
    detected: list[Region] = []
    looked: list[Region] = []

    def detecting(image: Image) -> list[Region]:
        found = detector(image)
        detected.extend(found)
        return found

    def looking(image: Image, region: Region) -> Seen | None:
        looked.append(region)
        return finder(image, region)

    tracker._detector.find = detecting  # type: ignore[method-assign]
    tracker._finder.find = looking  # type: ignore[method-assign]
    source = ActorSource(scene, (640, 480), 0).frames(threading.Event())
    frames = islice(source, numbers.start, numbers.stop, numbers.step)
    done = []
    for place, frame in enumerate(frames):
        detected.clear()
        looked.clear()
        image = BLANK if place in blank else frame.image
        people = detect(engine, image, frame.number * STEP_NS).people
        done.append(Work(tracker.detections, [*detected], [*looked], len(people)))
    engine.close()
    return done


_kept: list[Engine] = []


def keep_open(name: str, options: EngineOptions, limit_s: float) -> tuple[int, list[int]]:
    """Open an engine for `look_again` that waits this long only; the process, and the threads
    that LiteRT looks on."""
    module = importlib.import_module(f"edgepose.vision.engines.{name}.engine")
    setattr(module, "LEAST_S" if name == "litert" else "ANSWER_S", limit_s)
    _kept.append(open_engine(name, options))
    threads = [t.native_id for t in threading.enumerate() if t.name.startswith("litert")]
    return os.getpid(), [each for each in threads if each is not None]


def look_again(_name: str) -> str:
    """Let the engine of `keep_open` look; why it is lost, if it is."""
    try:
        detect(_kept[-1], BLANK, STEP_NS)
    except EngineLost as lost:
        return str(lost)
    return "answered"


def give_up(_name: str) -> None:
    """Close the engine of `keep_open`."""
    _kept.pop().close()
