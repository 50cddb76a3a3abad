"""What the real engines see; `name` is the engine's.

These functions run in the sandboxed process of `sandboxed`.
"""

import threading
from collections.abc import Iterator
from itertools import islice

from edgepose.messages.pose import Person
from edgepose.vision.engines import EngineOptions, FrameRefused, Result, detect
from edgepose.vision.engines.opening import open_engine
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource, frame_time
from edgepose.vision.sources.uri import open_uri

Seen = list[tuple[int, tuple[Person, ...]]]
"""Frame number and the people in it."""


def actor(
    name: str, options: EngineOptions, scene: str, size: tuple[int, int], numbers: range
) -> Seen:
    """Show these frames of a scene, each at its own time."""
    engine = open_engine(name, options)
    frames = islice(
        ActorSource(scene, size, 0).frames(threading.Event()),
        numbers.start,
        numbers.stop,
        numbers.step,
    )
    seen = [
        (frame.number, detect(engine, frame.image, round(frame_time(frame.number, 0) * 1e9)).people)
        for frame in frames
    ]
    engine.close()
    return seen


def film(
    name: str, options: EngineOptions, path: str, size: tuple[int, int], most: int | None = None
) -> Seen:
    """Show a film, every frame of it or the first ones."""
    engine = open_engine(name, options)
    frames = islice(open_uri(path, size, 0, False).frames(threading.Event()), most)
    seen = [
        (frame.number, detect(engine, frame.image, frame.captured_ns).people) for frame in frames
    ]
    engine.close()
    return seen


def still(
    name: str, options: EngineOptions, image: Image, captured_ns: list[int]
) -> list[Result | str]:
    """Show one picture again and again with these stamps; what came, or why it was refused."""
    engine = open_engine(name, options)

    def results() -> Iterator[Result | str]:
        for stamp in captured_ns:
            try:
                yield detect(engine, image, stamp)
            except FrameRefused as refusal:
                yield str(refusal)

    seen = list(results())
    engine.close()
    return seen
