"""What is news, and how subscribers get to see people."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.messages.landmarks import COCO17_INDICES
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.scene.scene import EMPTY_EVERY_NS, Scene, View
from tests.messages.poses import QUICK
from tests.scene.moving import RULES, S

SOMEBODY = Person(
    landmarks=tuple(Landmark(i / 32, i / 64, -i / 32, 0.5, i / 32) for i in range(33)),
    world=tuple(WorldLandmark(i / 10, -i / 10, 0.25) for i in range(33)),
)
SOMEBODY_ELSE = replace(SOMEBODY, landmarks=SOMEBODY.landmarks[::-1])


def saw(*people: Person) -> Observation:
    return Observation(0, 0, 0, (640, 480), people)


EMPTY, TAKEN = saw(), saw(SOMEBODY)


def told(scene: Scene, observation: Observation, now_ns: int) -> int | None:
    """Observe, and publish what is new; how many people were published."""
    people = scene.observe(observation, now_ns)
    if people is None:
        return None
    scene.said(people, now_ns)
    return len(people)


# What is news.


def test_an_empty_room_is_said_at_once_and_every_ten_seconds() -> None:
    scene = Scene(View(), RULES)
    at = [0, 1, 5 * S, 10 * S - 1, 10 * S, 10 * S + 1, 20 * S - 1, 20 * S, 500 * S, 501 * S]
    said = [told(scene, EMPTY, ns) for ns in at]
    assert said == [0, None, None, None, 0, None, None, 0, 0, None]


def test_people_are_always_news() -> None:
    scene = Scene(View(), RULES)
    assert [told(scene, TAKEN, 0) for _ in range(5)] == [1] * 5
    assert told(scene, saw(SOMEBODY, SOMEBODY_ELSE), 0) == 2


def test_the_room_becoming_empty_is_news() -> None:
    scene = Scene(View(), RULES)
    seen = [(EMPTY, 0), (TAKEN, 1), (EMPTY, 2), (EMPTY, 3), (TAKEN, 4), (TAKEN, 5), (EMPTY, 6)]
    assert [told(scene, what, ns) for what, ns in seen] == [0, 1, 0, None, 1, 1, 0]


def test_an_empty_room_that_was_not_published_stays_news() -> None:
    scene = Scene(View(), RULES)
    told(scene, TAKEN, 0)
    # The broker is away: `said` is not called.
    assert [scene.observe(EMPTY, ns) for ns in (S, 2 * S, 11 * S)] == [(), (), ()]
    assert [told(scene, EMPTY, 12 * S), told(scene, EMPTY, 13 * S)] == [0, None]


def test_people_who_were_not_published_make_no_news_of_the_empty_room() -> None:
    scene = Scene(View(), RULES)
    told(scene, EMPTY, 0)
    assert scene.observe(TAKEN, S) is not None
    # Subscribers still know the room as empty.
    assert scene.observe(EMPTY, 2 * S) is None
    assert scene.observe(EMPTY, 10 * S) == ()


@QUICK
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 6 * S)), max_size=40))
def test_subscribers_know_the_room(steps: list[tuple[bool, bool, int]]) -> None:
    """Whenever the broker is there, what they know is true and not older than ten seconds."""
    scene, now_ns = Scene(View(), RULES), 0
    known: tuple[bool, int] | None = None
    for somebody, broker, later_ns in steps:
        now_ns += later_ns
        people = scene.observe(TAKEN if somebody else EMPTY, now_ns)
        if people is not None and broker:
            scene.said(people, now_ns)
            known = (somebody, now_ns)
        if broker:
            assert known is not None
            assert known[0] == somebody
            assert now_ns - known[1] < EMPTY_EVERY_NS
        if people is None:
            # Nothing is held back that subscribers do not know already.
            assert known is not None
            assert known[0] is somebody is False


# How people are seen.


def seen(view: View, person: Person = SOMEBODY) -> Person:
    people = Scene(view, RULES).observe(saw(person), 0)
    assert people is not None
    [one] = people
    return one


def test_all_landmarks_as_they_are() -> None:
    assert seen(View()) == replace(SOMEBODY, world=(), id=1, confidence=0.5)


def test_world_landmarks_only_when_asked_for() -> None:
    assert seen(View(world=True)) == replace(SOMEBODY, id=1, confidence=0.5)
    assert seen(View(world=True), replace(SOMEBODY, world=())).world == ()


@pytest.mark.parametrize("mirror", [False, True])
def test_coco_takes_its_seventeen(mirror: bool) -> None:
    all_of_them = seen(View(world=True, mirror=mirror))
    coco = seen(View(landmarks="coco17", world=True, mirror=mirror))
    assert coco.landmarks == tuple(all_of_them.landmarks[i] for i in COCO17_INDICES)
    assert coco.world == tuple(all_of_them.world[i] for i in COCO17_INDICES)
    assert seen(View(landmarks="coco17")).world == ()


def test_confidence_is_the_mean_presence_of_the_set() -> None:
    assert seen(View()).confidence == pytest.approx(sum(range(33)) / 33 / 32)
    assert seen(View(landmarks="coco17")).confidence == pytest.approx(sum(COCO17_INDICES) / 17 / 32)


def test_mirror_turns_x_and_nothing_else() -> None:
    mirrored = seen(View(world=True, mirror=True))
    # The rows stay where they are: left_wrist is the person's left.
    assert mirrored.landmarks == tuple(p._replace(x=1 - p.x) for p in SOMEBODY.landmarks)
    assert mirrored.world == tuple(p._replace(x=-p.x) for p in SOMEBODY.world)


def test_people_keep_their_order_and_have_ids() -> None:
    people = Scene(View(), RULES).observe(saw(SOMEBODY, SOMEBODY_ELSE), 0)
    assert people is not None
    assert [p.landmarks for p in people] == [SOMEBODY.landmarks, SOMEBODY_ELSE.landmarks]
    assert [p.id for p in people] == [1, 2]


def test_only_several_people_are_smoothed_here() -> None:
    for num_poses, is_smooth in ((1, False), (2, True)):
        scene = Scene(View(world=True), RULES, num_poses)
        scene.observe(Observation(0, 0, 0, (640, 480), (SOMEBODY,)), 0)
        trembling = tuple(p._replace(x=p.x + 0.001) for p in SOMEBODY.landmarks)
        metres = tuple(p._replace(x=p.x + 0.001) for p in SOMEBODY.world)
        moved = replace(SOMEBODY, landmarks=trembling, world=metres)
        people = scene.observe(Observation(1, S // 30, 0, (640, 480), (moved,)), 0)
        assert people is not None
        assert (people[0].landmarks != moved.landmarks) is is_smooth
        assert (people[0].world != moved.world) is is_smooth
