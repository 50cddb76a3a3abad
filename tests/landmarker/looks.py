"""What edgepose's landmarker and MediaPipe's own see in the same pictures.

These functions run in the sandboxed process of `sandboxed`.
"""

import threading
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision.core.image import Image as MpImage
from mediapipe.tasks.python.vision.core.image import ImageFormat
from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode
from mediapipe.tasks.python.vision.pose_landmarker import PoseLandmarker as MpPoseLandmarker
from mediapipe.tasks.python.vision.pose_landmarker import PoseLandmarkerOptions

from edgepose.landmarker import PoseLandmarker, PoseLandmarkerResult
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource
from edgepose.vision.sources.uri import open_uri

# Not of one pace: what was filmed by a telephone is not.
GAPS_MS: Final = (20, 41, 7, 20, 300, 1)
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


@dataclass(frozen=True)
class Theirs:
    """The fields of MediaPipe's result as arrays."""

    pose_landmarks: Floats
    pose_world_landmarks: Floats
    segmentation_masks: list[Floats] | None


def pictures(media: str) -> list[Image]:
    """The annotated pictures, one turned, one that is a view, a drawn person, and nobody."""
    read = [cv2.imread(str(path)) for path in sorted(Path(media).glob("*.jpg"))]
    shown: list[Image] = [np.asarray(bgr)[..., ::-1] for bgr in read]
    drawn = next(ActorSource("two_people", (640, 480), 0).frames(threading.Event())).image
    return [*shown, np.rot90(shown[0]), shown[1][5:-5:2, 7::2], drawn, np.zeros_like(drawn)]


def frames(media: str, count: int) -> list[tuple[Image, int]]:
    """Of the street film, with stamps; then nobody for a while, then the street again."""
    film = open_uri(str(Path(media) / "street-couple.avi"), (640, 360), 0, False)
    shown = [frame.image for frame in islice(film.frames(threading.Event()), count)]
    shown[count // 2 : count // 2 + 3] = [np.zeros_like(shown[0])] * 3
    stamps = np.cumsum([1000, *(GAPS_MS[i % len(GAPS_MS)] for i in range(count - 1))])
    assert all(a < b for a, b in pairwise(stamps))
    return list(zip(shown, stamps.tolist(), strict=True))


def ours(
    engine: str, model: str, shown: list[Any], options: dict[str, Any]
) -> list[PoseLandmarkerResult]:
    """What edgepose sees; with stamps in VIDEO mode, else in IMAGE mode."""
    film = isinstance(shown[0], tuple)
    mode: dict[str, Any] = {"running_mode": "VIDEO"} if film else {}
    with PoseLandmarker.open(model, engine=engine, **mode, **options) as landmarker:  # type: ignore[arg-type]
        if film:
            return [landmarker.detect_for_video(*each) for each in shown]
        return [landmarker.detect(each) for each in shown]


def theirs(model: str, shown: list[Any], options: dict[str, Any]) -> list[Theirs]:
    """What MediaPipe sees, asked as its documentation says."""
    film = isinstance(shown[0], tuple)
    wanted = PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=model),
        running_mode=VisionTaskRunningMode.VIDEO if film else VisionTaskRunningMode.IMAGE,
        **options,
    )
    with MpPoseLandmarker.create_from_options(wanted) as landmarker:
        if film:
            return [
                _as_arrays(landmarker.detect_for_video(_whole(image), stamp))
                for image, stamp in shown
            ]
        return [_as_arrays(landmarker.detect(_whole(image))) for image in shown]


def _whole(image: Image) -> MpImage:
    return MpImage(ImageFormat.SRGB, image.copy(order="C"))


def _as_arrays(result: Any) -> Theirs:
    landmarks = [
        [(p.x, p.y, p.z, p.visibility, p.presence) for p in person]
        for person in result.pose_landmarks
    ]
    world = [[(p.x, p.y, p.z) for p in person] for person in result.pose_world_landmarks]
    masks = result.segmentation_masks
    return Theirs(
        np.array(landmarks, np.float32).reshape(-1, 33, 5),
        np.array(world, np.float32).reshape(-1, 33, 3),
        masks and [mask.numpy_view()[..., 0].copy() for mask in masks],
    )


def both_on_pictures(
    model: str, media: str, options: dict[str, Any]
) -> list[tuple[PoseLandmarkerResult, Theirs]]:
    """What both see in the pictures."""
    shown = pictures(media)
    seen = ours("mediapipe", model, shown, options)
    return list(zip(seen, theirs(model, shown, options), strict=True))


def both_on_a_film(
    model: str, media: str, options: dict[str, Any]
) -> list[tuple[PoseLandmarkerResult, Theirs]]:
    """What both see in the film."""
    shown = frames(media, 40)
    seen = ours("mediapipe", model, shown, options)
    return list(zip(seen, theirs(model, shown, options), strict=True))


def streamed(
    engine: str, model: str, media: str
) -> tuple[list[PoseLandmarkerResult], list[PoseLandmarkerResult]]:
    """A film in VIDEO mode, and in LIVE_STREAM mode with each frame when the one before is told."""
    shown = frames(media, 20)
    seen: list[PoseLandmarkerResult] = []
    told = threading.Event()

    def tell(result: PoseLandmarkerResult, _image: Image, _timestamp_ms: int) -> None:
        seen.append(result)
        told.set()

    with PoseLandmarker.open(
        model,
        engine=engine,  # type: ignore[arg-type]
        running_mode="LIVE_STREAM",
        result_callback=tell,
    ) as landmarker:
        for image, stamp in shown:
            told.clear()
            landmarker.detect_async(image, stamp)
            assert told.wait(20)
    return ours(engine, model, shown, {}), seen
