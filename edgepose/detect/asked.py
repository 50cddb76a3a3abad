"""What the command line asks for. Pure."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgepose.landmarker import PoseLandmarker
from edgepose.landmarker.options import EngineName
from edgepose.vision.engines import DirectMode

PIPE: Final = Path("-")
"""Standard output."""
MOST_CORES: Final = 4
"""More gain little, and each worker takes some 80 MB."""
_PEOPLE: Final = 3
"""Whose masks are counted in each picture."""


def cores() -> int:
    """How many cores to work with, unless somebody says so."""
    return min(len(os.sched_getaffinity(0)), MOST_CORES)


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, under their names. `running_mode` None: VIDEO for films, IMAGE for the rest.
    `threads` None: one in IMAGE mode, where `workers` share the cores, and all in VIDEO mode."""

    paths: Sequence[str]
    engine: EngineName
    model: str
    running_mode: DirectMode | None
    num_poses: int
    min_pose_detection_confidence: float
    min_pose_presence_confidence: float
    min_tracking_confidence: float
    output_segmentation_masks: bool
    threads: int | None
    workers: int
    json: bool
    csv: Path | None
    npz: Path | None
    annotate: Path | None
    masks: Path | None
    overwrite: bool

    @property
    def table(self) -> bool:
        """Whether standard output is for people."""
        return not self.json and self.csv != PIPE

    @property
    def with_masks(self) -> bool:
        """Whether the engine is to make masks."""
        return self.output_segmentation_masks or self.masks is not None

    @property
    def bytes_a_pixel(self) -> int:
        """Of what is kept of a picture while it is in work: its colours, and masks. Few have more
        people than that, however many may be found; with more a large picture takes more."""
        return 3 + 4 * self.with_masks * min(self.num_poses, _PEOPLE)

    def open(self, mode: DirectMode) -> PoseLandmarker:
        """A landmarker as it is asked for."""
        return PoseLandmarker.open(
            self.model,
            running_mode=mode,
            engine=self.engine,
            num_poses=self.num_poses,
            min_pose_detection_confidence=self.min_pose_detection_confidence,
            min_pose_presence_confidence=self.min_pose_presence_confidence,
            min_tracking_confidence=self.min_tracking_confidence,
            output_segmentation_masks=self.with_masks,
            threads=self.threads or (cores() if mode == "VIDEO" else 1),
        )
