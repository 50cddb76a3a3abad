"""Ids on the actor's people: by their true joints, and by what a real engine sees of them."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person
from edgepose.scene.scene import Scene, View
from edgepose.vision.engines import EngineOptions
from edgepose.vision.frame import Joints
from edgepose.vision.sources.actor import pose_at
from tests.harness.sandboxed import sandboxed
from tests.scene.crossing import PASS_S, SIZE, WAYS, Truth, real, truth
from tests.scene.moving import RULES, S

SEEN = 0.4
"""An engine sees somebody of whom this part of the joints is to be seen."""
ACTORS = ("behind", "front")
HIP = 23
LOOKED_AT = (
    "they meet side by side",
    "one passes behind who stands",
    "one passes before who stands",
)
"""The ways that the real engine is shown; it takes its time."""


def person(joints: Joints) -> Person:
    rows = joints.tolist()
    return Person(tuple(Landmark(x, y, 0.0, seen, 1.0) for x, y, seen in rows))


def observed(t: float, people: tuple[Person, ...]) -> Observation:
    return Observation(0, round((t + 100) * S), 0, SIZE, people)


def ids(scene: Scene, t: float, people: tuple[Person, ...]) -> list[int]:
    return [each.id for each in scene.observe(observed(t, people), 0) or ()]


def apart(person: Person, joints: Joints) -> float:
    """Mean distance of the joints below the head, in pixels."""
    rows = np.array([landmark[:2] for landmark in person.landmarks])
    return float(np.hypot(*((rows - joints[:, :2]) * SIZE)[11:].T).mean())


@pytest.mark.parametrize("rate", [30, 10])
@pytest.mark.parametrize("scene", ["standing", "waving", "two_people"])
def test_whoever_stays_keeps_the_id(scene: str, rate: int) -> None:
    looking, random = Scene(View(), RULES, 2), Random(1)
    known: dict[int, int] = {}
    for number in range(4 * rate):
        t = number / rate
        people = [(n, person(joints)) for n, joints in enumerate(pose_at(scene, t, SIZE))]
        random.shuffle(people)
        numbers = ids(looking, t, tuple(each for _, each in people))
        for (n, _), one in zip(people, numbers, strict=True):
            assert known.setdefault(n, one) == one
    assert set(known.values()) == set(range(1, len(known) + 1))


def test_whoever_walks_through_has_one_id() -> None:
    looking = Scene(View(), RULES)
    for t in np.arange(0, PASS_S, 0.1):
        seen = [person(joints) for joints in pose_at("walking", float(t), SIZE)]
        assert ids(looking, float(t), tuple(seen)) in ([], [1])


@pytest.mark.parametrize("rate", [30, 8])
@pytest.mark.parametrize("way", WAYS)
def test_actors_who_cross_do_not_swap(way: str, rate: int) -> None:
    looking, random = Scene(View(), RULES, 2), Random(1)
    known: dict[str, set[int]] = {name: set() for name in ACTORS}
    sides = set()
    for number in range(int(PASS_S * rate)):
        t = number / rate
        joints = dict(zip(ACTORS, truth(way, t), strict=True))
        people = [
            (name, person(each))
            for name, each in joints.items()
            if each is not None and each[:, 2].mean() > SEEN
        ]
        if joints["behind"] is not None and joints["front"] is not None:
            sides.add(bool(joints["behind"][HIP, 0] < joints["front"][HIP, 0]))
        random.shuffle(people)
        numbers = ids(looking, t, tuple(each for _, each in people))
        # Where both are at one place, two poses are one person.
        if len(numbers) == len(people):
            for (name, _), one in zip(people, numbers, strict=True):
                known[name].add(one)
    assert sides == {False, True}
    assert sorted(map(sorted, known.values())) == [[1], [2]]


def who(people: tuple[Person, ...], both: Truth) -> list[str] | None:
    """Which actor each of two people is; None where that is not clear."""
    behind, front = both
    if behind is None or front is None or len(people) != 2:
        return None
    straight = apart(people[0], behind) + apart(people[1], front)
    crossed = apart(people[1], behind) + apart(people[0], front)
    if abs(straight - crossed) < 80:
        return None
    return list(ACTORS if straight < crossed else ACTORS[::-1])


@pytest.mark.slow
def test_actors_whom_the_engine_sees_cross_do_not_swap(model_full: Path) -> None:
    """Ten frames a second, as a small board has them. The prints tell what the engine saw."""
    options = EngineOptions(str(model_full), num_poses=2)
    with sandboxed() as pool:
        seen = {way: pool.submit(real, "litert", options, way, 10).result(60) for way in LOOKED_AT}
    for way, frames in seen.items():
        looking = Scene(View(), RULES, 2)
        known: dict[str, set[int]] = {name: set() for name in ACTORS}
        counts = [0, 0, 0]
        for t, people in frames:
            counts[len(people)] += 1
            shown = looking.observe(observed(t, people), 0) or ()
            for name, each in zip(who(shown, truth(way, t)) or (), shown, strict=False):
                known[name].add(each.id)
        print(f"\n{way}: frames with nobody, one, two: {counts}; ids {known}")
        assert all(len(numbers) == 1 for numbers in known.values())
        assert not known["behind"] & known["front"]
