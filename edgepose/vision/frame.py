"""A frame, as every source yields it and every engine takes it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

Joints = npt.NDArray[np.float32]
"""Shape (33, 3): x, y normalised to the picture's width and height, then 1.0 where the joint
can be seen in the picture and 0.0 where the body or the picture's edge hides it.
Rows are in the order of MediaPipe's pose landmarks."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and when it was taken.

    `number` counts the frames of this source from 0, also those that nobody wanted. `captured_ns`
    is CLOCK_BOOTTIME in nanoseconds: the sensor's own stamp where there is one, else the moment
    the source had the picture. `truth` is what a drawn source knows of the people in it.
    """

    image: Image
    number: int
    captured_ns: int
    truth: tuple[Joints, ...] | None = None
