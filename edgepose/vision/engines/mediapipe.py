"""The engine `mediapipe`: the Pose Landmarker in LIVE_STREAM mode, one frame in flight.

Owns one landmarker. Its methods run on the caller's thread; `answer` waits for the callback, which
comes on MediaPipe's dispatcher thread and only stores what it got: that thread's queue has no
bound and holds the pictures.
"""

import math
import threading
import time
from itertools import compress
from typing import Any, Final

import numpy as np
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision.core.image import Image as MpImage
from mediapipe.tasks.python.vision.core.image import ImageFormat
from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode
from mediapipe.tasks.python.vision.pose_landmarker import PoseLandmarker, PoseLandmarkerOptions

from edgepose.errors import UserError
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.models import bundle
from edgepose.vision.engines import (
    MIN_SIDE,
    Answer,
    EngineLost,
    EngineOptions,
    Mask,
    Result,
    check_picture,
    detect,
)
from edgepose.vision.frame import Image

FIRST_ANSWER_S: Final = 10.0
"""The first answer comes with all the loading; a slow card takes seconds for it."""
ANSWER_S: Final = 2.0
"""An error inside the graph is only logged and its callback never comes. The slowest answer
known of a Pi that runs MediaPipe is some 0.2 s."""


class MediaPipeEngine:
    """One landmarker; see `edgepose.vision.engines.Engine`."""

    def __init__(self, options: EngineOptions) -> None:
        self._answered = threading.Condition()
        self._pending_ms: int | None = None
        self._answer: tuple[Any, int] | None = None
        self._last_ms = 0
        self._limit_s = FIRST_ANSWER_S
        self._world = options.world
        # MediaPipe's own words for a bundle of another task say nothing to anybody.
        bundle.networks(options.model)
        try:
            self._landmarker = PoseLandmarker.create_from_options(
                PoseLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=options.model),
                    running_mode=VisionTaskRunningMode.LIVE_STREAM,
                    num_poses=options.num_poses,
                    min_pose_detection_confidence=options.min_pose_detection_confidence,
                    min_pose_presence_confidence=options.min_pose_presence_confidence,
                    min_tracking_confidence=options.min_tracking_confidence,
                    output_segmentation_masks=options.output_segmentation_masks,
                    result_callback=self._on_result,
                )
            )
            # An error inside the graph shows only when it runs, and a bundle with the wrong
            # networks is one. So it counts as opened when it has looked at something.
            detect(self, np.zeros((MIN_SIDE, MIN_SIDE, 3), np.uint8), 0)
        # FileNotFoundError is MediaPipe's word for metadata that are not there; any other OSError
        # is about its own library.
        except (RuntimeError, ValueError, FileNotFoundError, EngineLost) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"detection.model: MediaPipe cannot use {options.model}: {reason}; "
                "`edgepose model verify` checks it, `edgepose model get --force` fetches it anew"
            ) from error

    def _on_result(self, result: Any, _image: Any, timestamp_ms: int) -> None:
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        with self._answered:
            # A callback may come twice for one frame, or after its time limit.
            if timestamp_ms == self._pending_ms and self._answer is None:
                self._answer = (result, now_ns)
                self._answered.notify()

    def start(self, image: Image, captured_ns: int) -> None:
        """See `Engine.start`."""
        check_picture(image)
        # One stamp that does not rise poisons the graph for good, and a camera's stamps may
        # stand still or go back.
        engine_ms = max(self._last_ms + 1, captured_ns // 1_000_000)
        self._last_ms = engine_ms
        with self._answered:
            self._pending_ms, self._answer = engine_ms, None
        try:
            self._landmarker.detect_async(
                MpImage(ImageFormat.SRGB, np.ascontiguousarray(image)), engine_ms
            )
        except (RuntimeError, ValueError) as error:
            raise EngineLost(f"MediaPipe refuses to go on: {error}") from error

    def answer(self) -> Answer:
        """See `Engine.answer`."""
        with self._answered:
            self._answered.wait_for(lambda: self._answer is not None, self._limit_s)
            answer, self._answer, self._pending_ms = self._answer, None, None
        if answer is None:
            raise EngineLost(f"no answer within {self._limit_s:g} s")
        self._limit_s = ANSWER_S
        result, answered_ns = answer
        return Answer(answered_ns, lambda: self._read(result, answered_ns))

    def _read(self, result: Any, answered_ns: int) -> Result:
        people = [
            _person(*rows, self._world)
            for rows in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
        ]
        masks = [_mask(m) for m in result.segmentation_masks or ()]
        # Seen never, allowed by the types: a person with a NaN in it is nobody.
        sound = [_is_finite(person) for person in people]
        return Result(tuple(compress(people, sound)), answered_ns, tuple(compress(masks, sound)))

    def close(self) -> None:
        """See `Engine.close`."""
        self._landmarker.close()


def _person(rows: Any, world_rows: Any, world: bool) -> Person:
    return Person(
        landmarks=tuple(Landmark(p.x, p.y, p.z, p.visibility, p.presence) for p in rows),
        world=tuple(WorldLandmark(p.x, p.y, p.z) for p in world_rows) if world else (),
    )


def _is_finite(person: Person) -> bool:
    # One number that is not makes the sum so.
    return math.isfinite(sum(map(sum, (*person.landmarks, *person.world))))


def _mask(image: Any) -> Mask:
    view: Mask = np.array(image.numpy_view(), dtype=np.float32)
    return view.reshape(view.shape[:2])
