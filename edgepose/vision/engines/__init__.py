"""What finds the landmarks: one protocol, one module for each engine.

An engine object is one worker: it is called from one thread, holds one frame at a time and
keeps its own tracking. Several workers are several engine objects.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edgepose.messages.pose import Person
from edgepose.vision.frame import Image

Mask = npt.NDArray[np.float32]
"""Shape (height, width): how likely each pixel belongs to the person, 0..1."""


class FrameRefused(Exception):
    """The engine cannot take this picture; the next one may do."""


class EngineLost(Exception):
    """The engine did not answer in time or broke; this object is of no more use."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """The options of the Pose Landmarker task, under MediaPipe's names.

    `model` is the path of a `.task` bundle. `world` is ours: False spares reading the world
    landmarks, which the task always finds.
    """

    model: str
    num_poses: int = 1
    min_pose_detection_confidence: float = 0.5
    min_pose_presence_confidence: float = 0.5
    min_tracking_confidence: float = 0.5
    output_segmentation_masks: bool = False
    world: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """What the engine saw in one frame.

    `people` carry 33 landmarks each, as many world landmarks if wanted, no id. `masks`: one for
    each person, empty unless asked for. `answered_ns`: CLOCK_BOOTTIME when the answer was there.
    """

    people: tuple[Person, ...]
    answered_ns: int
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An engine's answer, before anybody has taken the time to read it.

    `answered_ns`: CLOCK_BOOTTIME when it was there.
    """

    answered_ns: int
    read: Callable[[], tuple[tuple[Person, ...], tuple[Mask, ...]]]

    def result(self) -> Result:
        """Read it."""
        people, masks = self.read()
        return Result(people, self.answered_ns, masks)


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


def detect(engine: Engine, image: Image, captured_ns: int) -> Result:
    """Look at one picture and wait for what is in it; see `Engine` for what is raised."""
    engine.start(image, captured_ns)
    return engine.answer().result()
