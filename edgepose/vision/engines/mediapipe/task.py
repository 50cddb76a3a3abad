"""MediaPipe's Pose Landmarker task: opened from our options, and its results as ours.

Owns what the running modes have in common. Runs on the caller's thread.
"""

import contextlib
import math
from collections.abc import Callable
from concurrent.futures import thread as pools
from itertools import compress
from typing import Any, cast

import numpy as np
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision.core.image import Image as MpImage
from mediapipe.tasks.python.vision.core.image import ImageFormat
from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode
from mediapipe.tasks.python.vision.pose_landmarker import PoseLandmarker, PoseLandmarkerOptions

from edgepose.errors import UserError
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.models import bundle
from edgepose.vision.engines import EngineOptions, Mask, Result, RunningMode
from edgepose.vision.frame import Image

REFUSALS = (RuntimeError, ValueError, FileNotFoundError)
"""What opening raises where the bundle is no good. FileNotFoundError is MediaPipe's word for
metadata that are not there; any other OSError is about its own library."""


def open_task(
    options: EngineOptions, mode: RunningMode, on_result: Callable[..., None] | None = None
) -> PoseLandmarker:
    """The task in this running mode; `on_result` is for LIVE_STREAM. Raises UserError, or one of
    REFUSALS, for which `unusable` has the words."""
    # MediaPipe's own words for a bundle of another task say nothing to anybody.
    bundle.networks(options.model)
    return PoseLandmarker.create_from_options(
        PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=options.model),
            running_mode=VisionTaskRunningMode(mode),
            num_poses=options.num_poses,
            min_pose_detection_confidence=options.min_pose_detection_confidence,
            min_pose_presence_confidence=options.min_pose_presence_confidence,
            min_tracking_confidence=options.min_tracking_confidence,
            output_segmentation_masks=options.output_segmentation_masks,
            result_callback=on_result,
        )
    )


def let_go(landmarker: PoseLandmarker) -> None:
    """Have the end of the program not wait for the thread on which MediaPipe calls its library,
    where that was opened on a daemon thread: it may hang. `landmarker.close` waits for it as ever,
    and must be called before Python is taken apart."""
    # There is no public way. Where it is called otherwise, a program that hangs is held up.
    with contextlib.suppress(AttributeError):
        waited_for = cast("dict[Any, Any]", pools._threads_queues)
        for thread in cast(Any, landmarker)._lib._executor._threads:
            if thread.daemon:
                waited_for.pop(thread, None)


def unusable(options: EngineOptions, error: Exception) -> UserError:
    """What to tell where MediaPipe cannot use the bundle."""
    reason = " ".join(str(error).split())[:200]
    return UserError(
        f"detection.model: MediaPipe cannot use {options.model}: {reason}; "
        "`edgepose model verify` checks it, `edgepose model get --force` fetches it anew"
    )


def picture(image: Image) -> MpImage:
    """A copy of the picture, as MediaPipe takes it."""
    return MpImage(ImageFormat.SRGB, np.ascontiguousarray(image))


def read(result: Any, answered_ns: int, world: bool) -> Result:
    """MediaPipe's result as ours; `world` says whether to read the world landmarks."""
    people = [
        _person(*rows, world)
        for rows in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
    ]
    masks = [_mask(m) for m in result.segmentation_masks or ()]
    # Seen never, allowed by the types: a person with a NaN in it is nobody.
    sound = [_is_finite(person) for person in people]
    return Result(tuple(compress(people, sound)), answered_ns, tuple(compress(masks, sound)))


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
