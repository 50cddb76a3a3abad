"""The engine protocol, kept by the real engine on real and drawn people.

Every engine must pass these; the one there is now is `mediapipe` in LIVE_STREAM mode.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgepose.errors import UserError
from edgepose.messages.pose import Person
from edgepose.vision.engines import EngineOptions, Result
from edgepose.vision.frame import Image, Joints
from edgepose.vision.sources.actor import frame_time, pose_at
from tests.harness import sight
from tests.harness.sandboxed import sandboxed

VGA = (640, 480)
BODY = slice(11, 33)
LIMIT_S = 60


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


@pytest.fixture(scope="module")
def couple(media: Path) -> Image:
    """The first frame of the street film, RGB."""
    reader = cv2.VideoCapture(str(media / "street-couple.avi"))
    read, image = reader.read()
    reader.release()
    assert read
    picture: Image = cv2.cvtColor(cv2.resize(image, (640, 360)), cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return picture


def options(model: Path, **changes: object) -> EngineOptions:
    return EngineOptions(str(model), **changes)  # type: ignore[arg-type]


def stature() -> float:
    """Pixels from the highest to the lowest joint of the standing actor."""
    return float(np.ptp(pose_at("standing", 0.0, VGA)[0][:, 1])) * VGA[1]


def error(joints: Joints, person: Person) -> float:
    """Mean distance of the visible joints 11 to 32, in parts of the stature."""
    found = np.array([(p.x, p.y) for p in person.landmarks])
    offset = ((found - joints[:, :2]) * VGA)[BODY][joints[BODY, 2] > 0]
    return float(np.hypot(offset[:, 0], offset[:, 1]).mean()) / stature()


def all_inside(joints: Joints) -> bool:
    return bool(((joints[:, :2] >= 0) & (joints[:, :2] <= 1)).all())


@pytest.mark.parametrize(
    ("scene", "num_poses", "count"),
    [("standing", 1, 30), ("waving", 1, 45), ("walking", 1, 42), ("two_people", 2, 25)],
)
def test_it_sees_the_actor(
    pool: ProcessPoolExecutor, model_full: Path, scene: str, num_poses: int, count: int
) -> None:
    wanted = options(model_full, num_poses=num_poses)
    seen = pool.submit(sight.actor, wanted, scene, VGA, count, 3).result(LIMIT_S)
    errors, missed, edge = [], 0, [0, 0]
    for number, people in seen:
        for joints in pose_at(scene, frame_time(number, 0), VGA):
            best = min((error(joints, person) for person in people), default=1.0)
            if not all_inside(joints):
                edge[best < 0.3] += 1
            # A pose this far away is of somebody else.
            elif best < 0.3:
                errors.append(best)
            else:
                missed += 1
    print(
        f"\n{scene}: mean error {np.mean(errors):.2%} of the height, worst frame {max(errors):.2%},"
        f" found {len(errors)} of {len(errors) + missed} wholly in the picture,"
        f" {edge[1]} of {sum(edge)} at its edge"
    )
    assert len(errors) >= 20
    assert missed <= 0.05 * len(errors)
    assert np.mean(errors) < 0.06


def test_it_sees_nobody_in_the_empty_room(pool: ProcessPoolExecutor, model_full: Path) -> None:
    seen = pool.submit(sight.actor, options(model_full), "empty", VGA, 20, 3).result(LIMIT_S)
    assert len(seen) == 20
    assert not any(people for _, people in seen)


def test_it_sees_the_people_in_the_street(
    pool: ProcessPoolExecutor, model_full: Path, media: Path
) -> None:
    path = str(media / "street-couple.avi")
    seen = pool.submit(sight.film, options(model_full), path, VGA).result(LIMIT_S)
    found = sum(bool(people) for _, people in seen)
    print(f"\nstreet-couple.avi: a person in {found} of {len(seen)} frames")
    assert len(seen) > 200
    assert found >= 0.95 * len(seen)


def test_landmarks_are_whole(pool: ProcessPoolExecutor, model_full: Path, couple: Image) -> None:
    (result,) = pool.submit(sight.still, options(model_full), couple, [1_000_000]).result(LIMIT_S)
    assert isinstance(result, Result)
    (person,) = result.people
    assert len(person.landmarks) == len(person.world) == 33
    assert all(0 <= p.visibility <= 1 and 0 <= p.presence <= 1 for p in person.landmarks)
    assert result.masks == ()
    # Metres, from mid-hip.
    hips = [person.world[i] for i in (23, 24)]
    assert abs(hips[0].x + hips[1].x) < 0.02
    assert max(abs(n) for row in person.world for n in row) < 2.5


def test_stamps_that_do_not_rise_do_no_harm(
    pool: ProcessPoolExecutor, model_full: Path, couple: Image
) -> None:
    # In nanoseconds: the same millisecond again, standing still, going back, and on.
    stamps = [5_000_000, 5_300_000, 5_300_000, 1_000_000, 2_000_000, 40_000_000]
    results = pool.submit(sight.still, options(model_full), couple, stamps).result(LIMIT_S)
    assert len(results) == len(stamps)
    assert all(isinstance(r, Result) and len(r.people) == 1 for r in results)
    answered = [r.answered_ns for r in results if isinstance(r, Result)]
    assert answered == sorted(set(answered))


def test_masks_are_given_when_asked_for(
    pool: ProcessPoolExecutor, model_full: Path, couple: Image
) -> None:
    wanted = options(model_full, output_segmentation_masks=True)
    (result,) = pool.submit(sight.still, wanted, couple, [0]).result(LIMIT_S)
    assert isinstance(result, Result)
    (mask,) = result.masks
    assert mask.shape == couple.shape[:2]
    assert mask.dtype == np.float32
    nose = result.people[0].landmarks[0]
    assert mask[int(nose.y * 360), int(nose.x * 640)] > 0.5
    assert mask[0, 0] < 0.5


@pytest.mark.parametrize(
    "unattainable",
    [{"min_pose_detection_confidence": 0.9}, {"min_pose_presence_confidence": 1.0}],
)
def test_confidences_reach_the_task(
    pool: ProcessPoolExecutor, model_full: Path, couple: Image, unattainable: dict[str, float]
) -> None:
    (seen,) = pool.submit(sight.still, options(model_full), couple, [0]).result(LIMIT_S)
    wanted = options(model_full, **unattainable)
    (missed,) = pool.submit(sight.still, wanted, couple, [0]).result(LIMIT_S)
    assert isinstance(seen, Result)
    assert isinstance(missed, Result)
    assert seen.people
    assert not missed.people


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.zeros((480, 640), np.uint8), "expected RGB"),
        (np.zeros((480, 640, 4), np.uint8), "expected RGB"),
        (np.zeros((480, 640, 3), np.float32), "expected RGB"),
        (np.zeros((1, 1, 3), np.uint8), "1x1, allowed 8 to 4096"),
        (np.zeros((10, 5000, 3), np.uint8), "5000x10, allowed 8 to 4096"),
    ],
)
def test_a_picture_it_cannot_take_is_refused_by_name(
    pool: ProcessPoolExecutor, model_full: Path, image: Image, words: str
) -> None:
    (refusal,) = pool.submit(sight.still, options(model_full), image, [0]).result(LIMIT_S)
    assert isinstance(refusal, str)
    assert words in refusal


@pytest.mark.parametrize("shape", [(8, 8, 3), (481, 639, 3), (17, 3000, 3)])
def test_odd_sizes_are_taken(
    pool: ProcessPoolExecutor, model_full: Path, shape: tuple[int, ...]
) -> None:
    image = np.zeros(shape, np.uint8)
    (result,) = pool.submit(sight.still, options(model_full), image, [0]).result(LIMIT_S)
    assert isinstance(result, Result)
    assert result.people == ()


def test_a_picture_that_is_a_view_is_taken(
    pool: ProcessPoolExecutor, model_full: Path, couple: Image
) -> None:
    """Not contiguous in memory, as a cropped or mirrored picture is."""
    wide = np.concatenate([couple, couple], axis=1)[:, : couple.shape[1]]
    whole, view = (
        pool.submit(sight.still, options(model_full), image, [0]).result(LIMIT_S)[0]
        for image in (couple, wide)
    )
    assert isinstance(whole, Result)
    assert isinstance(view, Result)
    assert whole.people == view.people


def test_a_bundle_that_is_none_is_told_in_one_line(
    pool: ProcessPoolExecutor, tmp_path: Path, couple: Image
) -> None:
    bundle = tmp_path / "pose.task"
    bundle.write_bytes(b"not a bundle" * 1000)
    with pytest.raises(UserError) as caught:
        pool.submit(sight.still, options(bundle), couple, [0]).result(LIMIT_S)
    assert "\n" not in str(caught.value)
    assert str(bundle) in str(caught.value)
