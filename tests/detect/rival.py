"""What MediaPipe's own landmarker sees. These functions run in the process of `sandboxed`."""

from dataclasses import dataclass
from typing import Any

import mediapipe as mp
import numpy as np
import numpy.typing as npt

from edgepose.drawing import Picture

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Theirs:
    """One result as arrays."""

    marks: Floats
    world: Floats
    masks: list[Floats]


def _options(model: str, mode: str, **options: Any) -> Any:
    vision = mp.tasks.vision
    return vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode[mode],
        **options,
    )


def _image(picture: Picture) -> Any:
    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(picture))


def _arrays(result: Any) -> tuple[Floats, Floats]:
    rows = [[(p.x, p.y, p.z, p.visibility, p.presence) for p in r] for r in result.pose_landmarks]
    world = [[(p.x, p.y, p.z) for p in r] for r in result.pose_world_landmarks]
    count = len(rows)
    return (
        np.array(rows, np.float32).reshape(count, 33, 5),
        np.array(world, np.float32).reshape(count, 33, 3),
    )


def look_image(model: str, picture: Picture, num_poses: int) -> Theirs:
    """IMAGE mode, with masks."""
    options = _options(model, "IMAGE", num_poses=num_poses, output_segmentation_masks=True)
    with mp.tasks.vision.PoseLandmarker.create_from_options(options) as landmarker:
        result = landmarker.detect(_image(picture))
        masks = [np.array(m.numpy_view(), np.float32) for m in result.segmentation_masks or ()]
        return Theirs(*_arrays(result), [mask.reshape(picture.shape[:2]) for mask in masks])


def look_video(model: str, frames: list[tuple[Picture, int]]) -> list[tuple[Floats, Floats]]:
    """VIDEO mode, with these times in milliseconds."""
    options = _options(model, "VIDEO")
    with mp.tasks.vision.PoseLandmarker.create_from_options(options) as landmarker:
        return [
            _arrays(landmarker.detect_for_video(_image(picture), at_ms))
            for picture, at_ms in frames
        ]
