"""The smoothing of several people is the one of the vision process, for each of them."""

from random import Random

import numpy as np
import pytest

from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.scene import smoothing
from edgepose.scene.smoothing import Smoothing
from edgepose.vision import smoothing as vision
from edgepose.vision.engines import Result

SIZE = (640, 480)
MS = 1_000_000


def somebody(random: Random, world: bool = True) -> Person:
    u, n = random.random, random.gauss
    rows = [Landmark(u(), u(), u(), u(), u()) for _ in range(33)]
    metres = [WorldLandmark(n(0, 1), n(0, 1), n(0, 1)) for _ in range(33 if world else 0)]
    return Person(tuple(rows), tuple(metres))


def test_the_constants_are_the_vision_process_s() -> None:
    assert smoothing.VISIBILITY_ALPHA == vision.VISIBILITY_ALPHA
    assert smoothing.MIN_SCALE_PX == vision.MIN_SCALE_PX


@pytest.mark.parametrize("world", [True, False])
def test_it_is_the_vision_process_s(world: bool) -> None:
    random = Random(1)
    ours, theirs, ms = Smoothing(), vision.Smoothing(), 0
    for step in (40, 33, 1, 250, 0, 33, -5, 33, 900, 34):
        ms += step
        person = somebody(random, world)
        smooth = ours.apply(person, SIZE, ms * MS)
        if step <= 0:
            # Left as it is, and so is the filter.
            assert smooth is person
            ms -= step
            continue
        [expected] = theirs.apply(Result((person,), 0), SIZE, ms).people
        assert np.array(smooth.landmarks) == pytest.approx(np.array(expected.landmarks))
        assert np.array(smooth.world) == pytest.approx(np.array(expected.world))


def test_nothing_else_of_the_person_is_touched() -> None:
    person = Person(somebody(Random(1)).landmarks, id=9, confidence=0.25, posture="lying")
    smooth = Smoothing().apply(person, SIZE, 0)
    assert smooth == person


def test_a_point_is_not_smoothed_but_its_visibility_is() -> None:
    filters = Smoothing()
    for number, x in enumerate((0.2, 0.4)):
        point = Person((Landmark(x, x, x, x, 1.0),) * 33)
        smooth = filters.apply(point, SIZE, 33 * MS * (number + 1)).landmarks[0]
    assert smooth == pytest.approx((0.4, 0.4, 0.4, 0.2 + 0.1 * 0.2, 1.0))


def test_world_landmarks_may_come_later() -> None:
    random, filters = Random(2), Smoothing()
    filters.apply(somebody(random, world=False), SIZE, 40 * MS)
    person = somebody(random)
    assert filters.apply(person, SIZE, 80 * MS).world == person.world
