"""What edgepose's landmarker finds is what MediaPipe's own finds in the same arrays, value by
value, and what one engine finds in a film it finds in a stream."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgepose.landmarker import PoseLandmarkerResult
from tests.harness.sandboxed import sandboxed
from tests.landmarker import looks
from tests.landmarker.looks import Theirs

LIMIT_S = 120


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


def same(ours: PoseLandmarkerResult, theirs: Theirs) -> bool:
    """Whether they are, to the last bit."""
    equal = np.array_equal(ours.pose_landmarks, theirs.pose_landmarks)
    equal &= np.array_equal(ours.pose_world_landmarks, theirs.pose_world_landmarks)
    if ours.segmentation_masks is not None:
        equal &= np.array_equal(
            ours.segmentation_masks,
            np.array(theirs.segmentation_masks or []).reshape(ours.segmentation_masks.shape),
        )
    return equal


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_poses": 4, "output_segmentation_masks": True},
        {"num_poses": 3, "min_pose_detection_confidence": 0.3, "min_tracking_confidence": 0.1},
    ],
    ids=["by default", "masks", "unsure"],
)
def test_in_image_mode(
    pool: ProcessPoolExecutor, model_full: Path, media: Path, options: dict[str, Any]
) -> None:
    looking = pool.submit(looks.both_on_pictures, str(model_full), str(media), options)
    seen = looking.result(LIMIT_S)
    assert all(same(*each) for each in seen)
    found = [len(ours.pose_landmarks) for ours, _ in seen]
    assert sum(found) >= 6
    assert found[-1] == 0
    assert max(found) == (2 if "num_poses" in options else 1)
    asked = "output_segmentation_masks" in options
    assert all((ours.segmentation_masks is not None) == asked for ours, _ in seen)


@pytest.mark.slow
@pytest.mark.parametrize("num_poses", [1, 3])
def test_in_video_mode(
    pool: ProcessPoolExecutor, model_full: Path, media: Path, num_poses: int
) -> None:
    options = {"num_poses": num_poses}
    looking = pool.submit(looks.both_on_a_film, str(model_full), str(media), options)
    seen = looking.result(LIMIT_S)
    assert all(same(*each) for each in seen)
    assert sum(len(ours.pose_landmarks) for ours, _ in seen) >= 30


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_live_stream_sees_what_video_does(
    pool: ProcessPoolExecutor, model_full: Path, media: Path, engine: str
) -> None:
    looking = pool.submit(looks.streamed, engine, str(model_full), str(media))
    video, live = looking.result(LIMIT_S)
    assert len(video) == len(live) == 20
    for ours, theirs in zip(video, live, strict=True):
        assert np.array_equal(ours.pose_landmarks, theirs.pose_landmarks)
        assert np.array_equal(ours.pose_world_landmarks, theirs.pose_world_landmarks)
    assert sum(len(each.people) for each in video) >= 15
