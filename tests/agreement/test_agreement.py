"""The engines agree: on the same pictures they find the same people in the same places.

On the street film as a stream the places are printed and not compared with a bound: there
MediaPipe does not keep it with itself once four pixels of each frame are changed by one step, see
the overview.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.agreement.compare import Agreement, agreement, keypoint_accuracy, paired
from tests.agreement.material import Material
from tests.agreement.measure import ALONE, CROWD, CROWD_ALONE, SCENES, STREET, Measurement
from tests.harness.sandboxed import sandboxed


@pytest.fixture(scope="module")
def measurement(model_full: Path, media: Path) -> Iterator[Measurement]:
    with sandboxed(2) as pool:
        yield Measurement(pool, model_full, media)


def close(seen: Agreement) -> bool:
    """Within the bounds that edgepose promises for places."""
    return seen.median <= 0.005 and seen.p95 <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_on_the_actor(measurement: Measurement, scene: Material) -> None:
    seen = measurement.both(scene).seen
    print(f"\n{seen}")
    assert seen.same_number >= 0.98
    if scene.name == "empty":
        assert seen.people == 0
    else:
        assert seen.people > 60
        assert close(seen)
        assert seen.visibility <= 0.05


def test_on_annotated_pictures(measurement: Measurement) -> None:
    seen = measurement.pictures().seen
    print(f"\n{seen}, {measurement.accuracy}")
    assert seen.people >= 4
    assert close(seen)
    assert seen.visibility <= 0.05
    assert seen.same_number == 1
    right, total = measurement.accuracy["litert"]
    assert total == measurement.accuracy["mediapipe"][1] > 100
    assert right / total >= measurement.accuracy["mediapipe"][0] / total - 0.03


@pytest.mark.slow
@pytest.mark.parametrize("film", [ALONE, CROWD_ALONE], ids=["one", "crowd"])
def test_on_frames_of_the_street(measurement: Measurement, film: Material) -> None:
    seen = measurement.both(replace(film, every=20)).seen
    print(f"\n{seen}")
    assert seen.people >= 10
    assert close(seen)
    assert seen.visibility <= 0.05
    assert seen.same_number >= 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("film", "same"), [(STREET, 0.98), (CROWD, 0.95)], ids=["one", "crowd"])
def test_on_the_street_as_a_stream(measurement: Measurement, film: Material, same: float) -> None:
    seen = measurement.both(film).seen
    print(f"\n{seen}")
    assert seen.people >= 200
    assert seen.visibility <= 0.05
    assert seen.same_number >= same


def people(*places: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """People of 100 pixels' height with all landmarks between two points at these places."""
    rows = np.zeros((len(places), 33, 5))
    for person, (x, y) in zip(rows, places, strict=True):
        person[:, :2] = (x, y)
        person[0, 1] -= 100
    return rows


def test_the_comparison_pairs_people_by_place_and_sees_a_difference() -> None:
    there, here = people((50, 200), (400, 200)), people((401, 200), (50, 200))
    assert [float(a[5, 0] - b[5, 0]) for a, b in paired(here, there)] == [0, 1]
    seen = agreement([here, here], [there, there[:1]])
    assert (seen.pictures, seen.people, seen.same_number) == (2, 3, 0.5)
    assert seen.median == 0
    assert seen.p95 == pytest.approx(0.01)
    moved = agreement([people((53, 200))], [people((50, 200))])
    assert moved.median == moved.p95 == pytest.approx(0.03)


def test_the_accuracy_counts_joints_within_a_fifth_of_the_torso() -> None:
    joints = np.zeros((1, 17, 3))
    joints[0, :, 2] = 2
    joints[0, 5, :2], joints[0, 12, :2] = (0, 0), (60, 80)
    seen = np.zeros((1, 33, 5))
    # Within 20 pixels of the origin, where 16 of the 17 are annotated.
    seen[0, :, 0] = 19
    assert keypoint_accuracy(seen, joints) == (16, 17)
    seen[0, :, 0] = 21
    assert keypoint_accuracy(seen, joints) == (0, 17)
    assert keypoint_accuracy(seen[:0], joints) == (0, 17)
