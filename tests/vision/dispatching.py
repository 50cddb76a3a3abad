"""MediaPipe's own dispatcher with a fault between it and us.

These functions run in the sandboxed process of `sandboxed`.
"""

import itertools
import threading
from collections.abc import Callable
from typing import Any

from edgepose.vision.engines import EngineLost, EngineOptions, detect
from edgepose.vision.engines.mediapipe.engine import MediaPipeEngine
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource
from tests.vision.looking import BLANK, STEP_NS

LIMIT_S = 0.7
"""For an answer that never comes."""
BUSY_S = 20.0
"""For one that comes, on a busy machine."""
Callback = Callable[..., None]


def _standing(count: int) -> list[Image]:
    source = ActorSource("standing", (640, 480), 0).frames(threading.Event())
    return [frame.image for frame in itertools.islice(source, count)]


class Faulty:
    """An engine whose callback does `fault`, which is given the callback as it is: for the frame
    with the number `which` (from 1), or for all."""

    def __init__(
        self, options: EngineOptions, fault: Callable[..., None], which: int | None = None
    ) -> None:
        plain = MediaPipeEngine._on_result
        # The first one comes as it opens.
        calls = itertools.count()

        def on_result(engine: MediaPipeEngine, *result: Any) -> None:
            number = next(calls)
            hit = number == which if which is not None else number > 0
            (fault if hit else lambda call: call())(lambda: plain(engine, *result))

        MediaPipeEngine._on_result = on_result  # type: ignore[method-assign, assignment]
        try:
            self.engine = MediaPipeEngine(options)
        finally:
            MediaPipeEngine._on_result = plain  # type: ignore[method-assign]
        self._which = which
        self._looks = 0

    def look(self, image: Image) -> int | str:
        """How many people there are, or why the engine is lost."""
        self._looks += 1
        self.engine._limit_s = LIMIT_S if self._looks == self._which else BUSY_S
        try:
            return len(detect(self.engine, image, self._looks * STEP_NS).people)
        except EngineLost as lost:
            return str(lost)


def twice(options: EngineOptions) -> list[int | str]:
    """Every answer comes twice; people and nobody by turns."""

    def fault(call: Callable[[], None]) -> None:
        call()
        call()

    faulty = Faulty(options, fault)
    return [faulty.look(image) for one in _standing(4) for image in (one, BLANK)]


def swallowed(options: EngineOptions) -> list[int | str]:
    """The second one never comes."""
    faulty = Faulty(options, lambda _call: None, 2)
    return [faulty.look(image) for image in _standing(2)]


def thrown(options: EngineOptions) -> list[int | str]:
    """The second one ends in an error."""

    def fault(_call: Callable[[], None]) -> None:
        raise ValueError("a fault")

    faulty = Faulty(options, fault, 2)
    return [faulty.look(image) for image in _standing(2)]


def late(options: EngineOptions) -> list[int | str]:
    """The second one, which sees somebody, comes while a picture of nobody is looked at."""
    asked, gone = threading.Event(), threading.Event()

    def fault(call: Callable[[], None]) -> None:
        asked.wait(10)
        call()
        gone.set()

    faulty = Faulty(options, fault, 2)
    seen = [faulty.look(image) for image in _standing(2)]
    faulty.engine._limit_s = BUSY_S
    faulty.engine.start(BLANK, 100 * STEP_NS)
    asked.set()
    gone.wait(10)
    return [*seen, len(faulty.engine.answer().result().people)]
