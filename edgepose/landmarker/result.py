"""What was seen in one picture, as arrays for sums and as people for messages.

Made on whatever thread has the answer; raises nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgepose.messages.pose import Person
from edgepose.vision.engines import Mask, Result

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PoseLandmarkerResult:
    """What was seen in one picture. Rows of all fields belong together: person by person.

    `pose_landmarks`: float32 of shape (people, 33, 5), (0, 33, 5) where nobody is. The last axis is
    x, y, z, visibility, presence. x and y are parts of the picture's width and height, origin top
    left, and may lie outside 0..1; z is on the scale of x, 0 at mid-hip, smaller is nearer;
    visibility and presence are 0..1. The 33 landmarks are MediaPipe's, in its order (names:
    `edgepose.messages.landmarks`); left and right are the person's.

    `pose_world_landmarks`: float32 of shape (people, 33, 3): x, y, z in metres from mid-hip, in
    the directions of the picture.

    `segmentation_masks`: float32 of shape (people, height, width): how likely each pixel belongs to
    the person, 0..1. None unless asked for.

    `people`: the same landmarks as the messages have them. Nobody follows people from picture to
    picture here, so `id` is 0; `confidence` is the mean presence.
    """

    pose_landmarks: Floats
    pose_world_landmarks: Floats
    segmentation_masks: Floats | None
    people: tuple[Person, ...]


def as_arrays(result: Result, size: tuple[int, int], *, masks: bool) -> PoseLandmarkerResult:
    """An engine's result; `size`: width and height of the picture; `masks`: were they asked for?"""
    count = len(result.people)
    landmarks: Floats = np.array([p.landmarks for p in result.people], np.float32)
    world: Floats = np.array([p.world for p in result.people], np.float32)
    landmarks = landmarks.reshape(count, 33, 5)
    return PoseLandmarkerResult(
        landmarks,
        world.reshape(count, 33, 3),
        _stacked(result.masks, size) if masks else None,
        tuple(
            replace(
                person,
                confidence=sum(p.presence for p in person.landmarks) / len(person.landmarks),
            )
            for person in result.people
        ),
    )


def _stacked(masks: Sequence[Mask], size: tuple[int, int]) -> Floats:
    if len(masks) == 1:
        # The usual case, without a copy: of a large picture it takes more than the picture.
        return masks[0][np.newaxis]
    width, height = size
    return np.array(masks, np.float32).reshape(len(masks), height, width)
