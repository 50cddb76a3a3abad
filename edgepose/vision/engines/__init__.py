"""What finds the landmarks: one folder for each engine, and MediaPipe's three running modes.

An `Engine`, LIVE_STREAM, is one worker: it is called from one thread, holds one frame at a time and
tracks whom it has found. Several workers are several engine objects. A `DirectEngine`, IMAGE or
VIDEO, answers before it returns. `opening.py` opens either by its name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from edgepose.messages.pose import Person
from edgepose.vision.frame import Image

Mask = npt.NDArray[np.float32]
"""Shape (height, width): how likely each pixel belongs to the person, 0..1."""

RunningMode = Literal["IMAGE", "VIDEO", "LIVE_STREAM"]
"""MediaPipe's running modes, under its names."""
DirectMode = Literal["IMAGE", "VIDEO"]
"""Those in which a caller waits for each answer."""

MIN_SIDE, MAX_SIDE = 8, 4096
"""Pixels each way of the pictures that are looked at. In a smaller one nobody can be found; a
larger one costs the memory of several frames of the camera."""


class FrameRefused(ValueError):
    """The engine cannot take this picture; the next one may do."""


class EngineLost(RuntimeError):
    """The engine did not answer in time or broke; this object is of no more use."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The options of the Pose Landmarker task, under MediaPipe's names.

    `model` is the path of a `.task` bundle. The last three are ours. `world`: False spares
    reading the world landmarks, which are always found. `threads` share the work on one frame,
    where the engine knows how to. `smooth`: False leaves the landmarks as the network gives them,
    for somebody who smooths the answers of several workers; MediaPipe smooths one person's
    whatever this says.
    """

    model: str
    num_poses: int = 1
    min_pose_detection_confidence: float = 0.5
    min_pose_presence_confidence: float = 0.5
    min_tracking_confidence: float = 0.5
    output_segmentation_masks: bool = False
    world: bool = True
    threads: int = 1
    smooth: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What the engine saw in one frame.

    `people` carry 33 landmarks each, as many world landmarks if wanted, no id. `answered_ns`:
    CLOCK_BOOTTIME when the answer was there. `masks`: one for each person, empty unless asked
    for. `scales`: for each person, the side in pixels of the
    square that it is looked for in next, by which `smoothing.py` measures speed; empty where the
    engine does not tell.
    """

    people: tuple[Person, ...]
    answered_ns: int
    masks: tuple[Mask, ...] = ()
    scales: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An engine's answer: when it was there (CLOCK_BOOTTIME), and how to read it, which takes
    some time."""

    answered_ns: int
    result: Callable[[], Result]


class Engine(Protocol):
    """An opened engine. Opening raises `UserError` where the bundle or library is no good.

    `start` and `answer` come in turns. They are two so that the next frame can be started before
    the last answer is read: an engine that waits for its reader loses some percent of its frames.
    """

    def start(self, image: Image, captured_ns: int) -> None:
        """Begin to look for people in `image`, RGB of shape (height, width, 3), taken at
        CLOCK_BOOTTIME `captured_ns`. Returns at once. Raises FrameRefused or EngineLost.
        """
        ...

    def answer(self) -> Answer:
        """Wait for the answer, within the engine's time limit. Raises EngineLost."""
        ...

    def close(self) -> None:
        """Give the engine's memory and threads back."""
        ...


class DirectEngine(Protocol):
    """An opened engine in IMAGE or VIDEO mode. Opening raises what opening an `Engine` does."""

    def look(self, image: Image, engine_ms: int) -> Result:
        """Who is in `image`, RGB of shape (height, width, 3).

        IMAGE: each picture for itself, whatever `engine_ms` is. VIDEO: whoever was found is
        followed and smoothed; `engine_ms`, whole milliseconds, rises from one picture to the next,
        from 1 on. Raises EngineLost.
        """
        ...

    def close(self) -> None:
        """Give the engine's memory and threads back."""
        ...


def check_picture(image: Image, largest: int = MAX_SIDE) -> None:
    """Raise FrameRefused for a picture that no engine takes, whatever the types promise."""
    kind, shape = str(image.dtype), image.shape
    if kind != "uint8" or len(shape) != 3 or shape[2] != 3:
        raise FrameRefused(f"{kind} of shape {shape}, expected RGB uint8")
    height, width = shape[:2]
    if not (MIN_SIDE <= height <= largest and MIN_SIDE <= width <= largest):
        raise FrameRefused(f"{width}x{height}, allowed {MIN_SIDE} to {largest} each way")


def detect(engine: Engine, image: Image, captured_ns: int) -> Result:
    """Look at one picture and wait for what is in it; see `Engine` for what is raised."""
    engine.start(image, captured_ns)
    return engine.answer().result()
