"""Several engines on alternate frames, in order, as the vision process puts them together.

These functions run in the sandboxed process of `sandboxed`.
"""

import threading
from collections import deque
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from edgepose.messages.control import Configure
from edgepose.vision import crew
from edgepose.vision.engines import Engine
from edgepose.vision.frame import Frame
from edgepose.vision.sender import SharedSmoothing
from edgepose.vision.sources.actor import ActorSource, frame_time
from edgepose.vision.sources.uri import open_uri

Track = dict[int, npt.NDArray[np.float64]]
"""Where the landmarks of the one person are, in pixels, shape (33, 2), by the frame's number."""


class Alternate:
    """Gives each frame to the next engine, so that all have one in hand, and smooths where the
    vision process does."""

    def __init__(self, configure: Configure) -> None:
        self._engines = crew.open_engines(configure)
        several = crew.smooths_here(configure)
        self._smoothing = SharedSmoothing(configure.workers) if several else None
        self._looking: deque[tuple[Engine, Frame, int]] = deque()
        self._turn = 0
        self.track: Track = {}

    def look(self, frame: Frame) -> None:
        """Show a frame to the engine whose turn it is, and wait for the oldest answer where all
        engines have one in hand."""
        engine = self._engines[self._turn % len(self._engines)]
        self._turn += 1
        captured_ns = 10**9 + round(frame_time(frame.number, 0) * 1e9)
        engine.start(frame.image, captured_ns)
        self._looking.append((engine, frame, captured_ns))
        if len(self._looking) == len(self._engines):
            self._finish()

    def _finish(self) -> None:
        engine, frame, captured_ns = self._looking.popleft()
        result = engine.answer().result()
        height, width = frame.image.shape[:2]
        if self._smoothing is not None:
            result = self._smoothing.apply(result, (width, height), captured_ns)
        if result.people:
            rows = [(row.x * width, row.y * height) for row in result.people[0].landmarks]
            self.track[frame.number] = np.array(rows)

    def close(self) -> None:
        """Wait for the last answers."""
        while self._looking:
            self._finish()
        for engine in self._engines:
            engine.close()


def tracks(configure: Configure, workers: tuple[int, ...], numbers: range) -> list[Track]:
    """What each number of workers sees in these frames of the configured scene."""
    crews = [Alternate(replace(configure, workers=count)) for count in workers]
    source = ActorSource(configure.scene, configure.size, 0).frames(threading.Event())
    for frame in islice(source, numbers.start, numbers.stop):
        for each in crews:
            each.look(frame)
    for each in crews:
        each.close()
    return [each.track for each in crews]


def film_tracks(configure: Configure, path: str, numbers: range) -> list[Track]:
    """What the configured workers see in these frames of a film."""
    alternate = Alternate(configure)
    frames = open_uri(path, configure.size, 0, False).frames(threading.Event())
    for frame in islice(frames, numbers.start, numbers.stop, numbers.step):
        alternate.look(frame)
    alternate.close()
    return [alternate.track]
