"""The Pose Landmarker as a program in Python opens and asks it.

Owns one engine in one running mode, and the thread behind the sandbox on which that is imported,
opened and used. Its methods may be called from any thread.
"""

import os
from types import TracebackType
from typing import Literal, Self, SupportsIndex

import numpy as np

from edgepose.landmarker.result import PoseLandmarkerResult, as_arrays
from edgepose.landmarker.room import Room
from edgepose.landmarker.stamps import Stamps
from edgepose.models import resolve
from edgepose.vision.engines import (
    DirectEngine,
    DirectMode,
    EngineOptions,
    RunningMode,
    check_picture,
    open_direct,
)
from edgepose.vision.frame import Image

EngineName = Literal["mediapipe", "litert"]
LARGEST = 16384
"""Pixels each way of a picture in IMAGE and VIDEO mode."""


class PoseLandmarker:
    """Finds people's landmarks in pictures. Made by `open`; close it, or use it in a `with`."""

    def __init__(
        self, room: Room, engine: DirectEngine, mode: RunningMode, options: EngineOptions
    ) -> None:
        self._room: Room | None = room
        self._engine = engine
        self._mode = mode
        self._masks = options.output_segmentation_masks
        self._stamps = Stamps()

    @classmethod
    def open(
        cls,
        model: str | os.PathLike[str] = "auto",
        *,
        running_mode: DirectMode = "IMAGE",
        engine: EngineName = "mediapipe",
        num_poses: int = 1,
        min_pose_detection_confidence: float = 0.5,
        min_pose_presence_confidence: float = 0.5,
        min_tracking_confidence: float = 0.5,
        output_segmentation_masks: bool = False,
        threads: int = 1,
    ) -> Self:
        """Open an engine."""
        options = EngineOptions(
            model=str(resolve.resolve(os.fspath(model)).path),
            num_poses=num_poses,
            min_pose_detection_confidence=min_pose_detection_confidence,
            min_pose_presence_confidence=min_pose_presence_confidence,
            min_tracking_confidence=min_tracking_confidence,
            output_segmentation_masks=output_segmentation_masks,
            threads=threads,
        )
        room = Room()
        try:
            opened = room.call(open_direct, engine, options, running_mode)
        except BaseException:
            room.close()
            raise
        return cls(room, opened, running_mode, options)

    def detect(self, image: Image) -> PoseLandmarkerResult:
        """IMAGE mode: who is in the picture, looked at for itself."""
        self._expect("IMAGE")
        return self._look(image, None)

    def detect_for_video(self, image: Image, timestamp_ms: SupportsIndex) -> PoseLandmarkerResult:
        """VIDEO mode: who is in the next picture of a film."""
        self._expect("VIDEO")
        return self._look(image, timestamp_ms)

    def _look(self, image: Image, timestamp_ms: SupportsIndex | None) -> PoseLandmarkerResult:
        if not isinstance(image, np.ndarray):
            raise TypeError(f"an image is a numpy array, not {type(image).__name__}")
        check_picture(image, LARGEST)
        return self._open_room().call(self._look_inside, image, timestamp_ms)

    def _look_inside(
        self, image: Image, timestamp_ms: SupportsIndex | None
    ) -> PoseLandmarkerResult:
        engine_ms = 0 if timestamp_ms is None else self._stamps.next(timestamp_ms)
        height, width = image.shape[:2]
        return as_arrays(self._engine.look(image, engine_ms), (width, height), self._masks)

    def _expect(self, mode: RunningMode) -> None:
        if mode != self._mode:
            raise ValueError(f"this landmarker is in {self._mode} mode, asked for {mode}")

    def _open_room(self) -> Room:
        if self._room is None:
            raise RuntimeError("the landmarker is closed")
        return self._room

    def close(self) -> None:
        """Give memory and threads back. May be called again."""
        room, self._room = self._room, None
        if room is not None:
            room.call(self._engine.close)
            room.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
