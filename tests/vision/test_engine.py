"""The engine protocol, kept by the real engines on real and drawn people: every engine passes
the same tests."""

from pathlib import Path

import numpy as np
import pytest

from edgepose.messages.pose import Person
from edgepose.vision.engines import Result
from edgepose.vision.frame import Image, Joints
from edgepose.vision.sources.actor import frame_time, pose_at
from tests.harness import sight
from tests.vision.looker import LIMIT_S, Looker, options

VGA = (640, 480)
BODY = slice(11, 33)


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
    engine: Looker, model_full: Path, scene: str, num_poses: int, count: int
) -> None:
    wanted = options(model_full, num_poses=num_poses)
    seen = engine.submit(sight.actor, wanted, scene, VGA, range(0, 3 * count, 3)).result(LIMIT_S)
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
        f"\n{engine.name}, {scene}: mean error {np.mean(errors):.2%} of the height,"
        f" worst frame {max(errors):.2%},"
        f" found {len(errors)} of {len(errors) + missed} wholly in the picture,"
        f" {edge[1]} of {sum(edge)} at its edge"
    )
    assert len(errors) >= 20
    assert missed <= 0.05 * len(errors)
    assert np.mean(errors) < 0.06


def test_it_sees_nobody_in_the_empty_room(engine: Looker, model_full: Path) -> None:
    seen = engine.submit(sight.actor, options(model_full), "empty", VGA, range(0, 60, 3)).result(
        LIMIT_S
    )
    assert len(seen) == 20
    assert not any(people for _, people in seen)


@pytest.mark.slow
def test_it_sees_the_people_in_the_street(engine: Looker, model_full: Path, media: Path) -> None:
    path = str(media / "street-couple.avi")
    seen = engine.submit(sight.film, options(model_full), path, VGA).result(LIMIT_S)
    found = sum(bool(people) for _, people in seen)
    print(f"\n{engine.name}, street-couple.avi: a person in {found} of {len(seen)} frames")
    assert len(seen) > 200
    assert found >= 0.95 * len(seen)


def test_landmarks_are_whole(engine: Looker, model_full: Path, couple: Image) -> None:
    (result,) = engine.submit(sight.still, options(model_full), couple, [1_000_000]).result(LIMIT_S)
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
    engine: Looker, model_full: Path, couple: Image
) -> None:
    # In nanoseconds: the same millisecond again, standing still, going back, and on.
    stamps = [5_000_000, 5_300_000, 5_300_000, 1_000_000, 2_000_000, 40_000_000]
    results = engine.submit(sight.still, options(model_full), couple, stamps).result(LIMIT_S)
    assert len(results) == len(stamps)
    assert all(isinstance(r, Result) and len(r.people) == 1 for r in results)
    answered = [r.answered_ns for r in results if isinstance(r, Result)]
    assert answered == sorted(set(answered))


def test_masks_are_given_when_asked_for(engine: Looker, model_full: Path, couple: Image) -> None:
    wanted = options(model_full, output_segmentation_masks=True)
    (result,) = engine.submit(sight.still, wanted, couple, [0]).result(LIMIT_S)
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
    engine: Looker, model_full: Path, couple: Image, unattainable: dict[str, float]
) -> None:
    (seen,) = engine.submit(sight.still, options(model_full), couple, [0]).result(LIMIT_S)
    wanted = options(model_full, **unattainable)
    (missed,) = engine.submit(sight.still, wanted, couple, [0]).result(LIMIT_S)
    assert isinstance(seen, Result)
    assert isinstance(missed, Result)
    assert seen.people
    assert not missed.people


def test_confidences_at_their_ends(engine: Looker, model_full: Path, couple: Image) -> None:
    """At 0 every box of the detector counts, also one that scores nothing; at 1 none does."""
    names = [f"min_{name}_confidence" for name in ("pose_detection", "pose_presence", "tracking")]
    for end in (0.0, 1.0):
        wanted = options(model_full, num_poses=2, **dict.fromkeys(names, end))
        results = engine.submit(sight.still, wanted, couple, [0, 40_000_000]).result(LIMIT_S)
        people = [len(r.people) for r in results if isinstance(r, Result)]
        assert len(people) == 2
        assert max(people) <= 2 * (1 - end)
