"""What an engine sees in the material. Runs in the sandboxed process of `sandboxed`."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgepose.vision.engines import EngineOptions
from edgepose.vision.engines.opening import open_direct
from tests.agreement.material import Material, images

STEP_MS = 20
"""From one picture to the next: the film's 50 frames a second."""

People = npt.NDArray[np.floating[Any]]
"""Shape (people, 33, 5): x and y in pixels, z in pixels, visibility, presence."""


def look(name: str, model: str, material: Material, media: str) -> list[People]:
    """The people in each picture: in IMAGE mode where each is looked at alone, else in VIDEO mode,
    which sees what LIVE_STREAM does (`tests/landmarker`)."""
    options = EngineOptions(model, num_poses=material.num_poses, world=False)
    engine = open_direct(name, options, "IMAGE" if material.alone else "VIDEO")
    seen: list[People] = []
    for number, image in enumerate(images(material, Path(media))):
        people = engine.look(image, (number + 50) * STEP_MS).people
        height, width = image.shape[:2]
        rows = np.array([person.landmarks for person in people]).reshape(-1, 33, 5)
        seen.append(rows * (width, height, width, 1.0, 1.0))
    engine.close()
    return seen
