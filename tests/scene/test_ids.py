"""Who is who from frame to frame, for made-up motion; a size of a person is half a metre."""

from random import Random

import pytest

from edgepose.scene.tracker import IDS, MOST_TRACKS, Tracker
from tests.scene.moving import PICTURE, Room, S, body


def cross(
    room: Room, speeds: tuple[float, float], size: float, hidden: float
) -> dict[str, set[int]]:
    """Two people on ways that cross after two of four seconds, in any order in each frame; the ids
    of each while they are more than half a size apart. `speeds` in sizes a second; `size` of the
    one behind, who is not seen while nearer than `hidden` sizes."""
    random = Random(3)
    ids: dict[str, set[int]] = {"front": set(), "behind": set()}
    for number in range(round(4 * room.rate)):
        t = number / room.rate - 2
        front, behind = 3.2 + speeds[0] * t, 3.21 + speeds[1] * t
        apart = abs(front - behind)
        people = [("front", body(front, jitter=3, random=random))]
        if apart > hidden:
            people.append(("behind", body(behind, size=size, jitter=3, random=random)))
        random.shuffle(people)
        shown = room.show(*(person for _, person in people))
        if apart > 0.5:
            for (name, _), number_of in zip(people, shown, strict=True):
                ids[name].add(number_of)
    return ids


SPEEDS = [(2.0, -2.0), (0.8, -0.8), (3.0, -1.0), (2.0, 0.0), (0.0, -2.0), (2.5, 0.6)]


@pytest.mark.parametrize("speeds", SPEEDS)
@pytest.mark.parametrize("size", [100, 85, 70])
@pytest.mark.parametrize("hidden", [0.0, 0.6])
def test_two_who_cross_keep_their_ids(
    speeds: tuple[float, float], size: float, hidden: float
) -> None:
    ids = cross(Room(), speeds, size, hidden)
    assert sorted(map(list, ids.values())) == [[1], [2]]


@pytest.mark.parametrize("speeds", SPEEDS)
@pytest.mark.parametrize("rate", [30, 10, 5])
def test_two_who_cross_never_swap_however_few_the_frames(
    speeds: tuple[float, float], rate: float
) -> None:
    ids = cross(Room(rate=rate), speeds, 85, 0.6)
    # Somebody fast may be taken for new, never for the other.
    assert not ids["front"] & ids["behind"]


def test_somebody_who_passes_those_who_wait_takes_no_id_of_theirs() -> None:
    room = Room(num_poses=4)
    waiting = [body(x, size=90) for x in (1.2, 3.2, 5.2)]
    assert room.watch(1, *waiting) == [1, 2, 3]
    for number in range(90):
        ids = room.show(*waiting, body(0.3 + number / 15, 2.9, 120))
        assert ids[:3] == [1, 2, 3]
        assert ids[3] == 4


@pytest.mark.parametrize("speed", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("gap_s", [0.1, 0.5, 0.9])
def test_a_gap_of_less_than_a_second_is_bridged(speed: float, gap_s: float) -> None:
    room, x = Room(), 1.0
    for _ in range(20):
        x += speed / room.rate
        assert room.show(body(x)) == [1]
    room.watch(gap_s)
    x += speed * gap_s
    assert room.show(body(x)) == [1]


def test_a_longer_gap_is_bridged_only_for_who_is_there_and_stays() -> None:
    room, x = Room(), 1.0
    for _ in range(10):
        x += 2 / room.rate
        room.show(body(x))
    assert room.there() is None
    room.watch(1.5)
    # Not seen for long enough to count as there.
    assert room.show(body(x)) == [2]
    room.watch(1, body(x))
    assert room.there() == [2]
    room.watch(1.5)
    assert room.show(body(x + 0.2)) == [2]
    room.watch(1.5)
    assert room.show(body(x + 2)) == [3]


def test_somebody_who_stands_still_is_the_same_after_twenty_seconds() -> None:
    room = Room()
    room.watch(2, body(2.0), body(5.0))
    room.watch(20, body(5.0))
    assert room.there() == [1, 2]
    assert room.show(body(5.0), body(2.3)) == [2, 1]
    assert [type(each).__name__ for each in room.news] == ["Came", "Came"]


def test_somebody_of_another_size_at_the_place_is_somebody_else() -> None:
    room = Room()
    room.watch(2, body(2.0))
    room.watch(5)
    assert room.show(body(2.0, size=50)) == [2]


def test_who_walks_over_the_place_of_somebody_unseen_keeps_the_id() -> None:
    room = Room()
    room.watch(2, body(3.2))
    room.watch(3)
    ids = {tuple(room.show(body(1.0 + number / 15))) for number in range(60)}
    assert ids == {(2,)}
    assert room.there() == [1, 2]


def test_frames_may_be_rarer_than_the_gap_that_is_bridged() -> None:
    room = Room(rate=0.5)
    assert [room.show(body(2.0)) for _ in range(5)] == [[1]] * 5
    assert room.there() == [1]
    assert room.news[0].at_ns == 1234 * S + 2 * room.step_ns


def test_two_poses_of_one_body_are_one_person() -> None:
    room, random = Room(), Random(4)
    for _ in range(60):
        surer = body(3.0, jitter=4, random=random)
        less = body(3.1, size=104, sure=0.8, jitter=4, random=random)
        assert room.show(less, surer) == [1]
    assert room.there() == [1]
    # Half a size apart are two.
    assert len(room.show(body(3.0), body(3.5))) == 2


def test_the_surer_of_two_poses_of_one_body_is_shown() -> None:
    room = Room()
    room.show(body(1.0))
    tracker = Tracker()
    people = [body(3.0, sure=0.7), body(3.1, sure=0.9), body(5.0, sure=0.6)]
    seen = tracker.observe(people, PICTURE, 0, ())
    assert [person.landmarks[0].presence for _, person in seen] == [0.9, 0.6]


def test_another_resolution_changes_nothing() -> None:
    tracker = Tracker()
    for number, picture in enumerate(((640, 480), (1280, 960), (320, 240))):
        [(track, _)] = tracker.observe([body(2.0)], picture, number * S // 30, ())
        assert track.id == 1


def test_ids_wrap_before_the_packed_format_does_and_skip_who_is_here() -> None:
    tracker = Tracker(first_id=IDS - 2)
    places = [body(x) for x in (1.0, 3.0, 5.0)]
    ids = [track.id for track, _ in tracker.observe(places, PICTURE, 0, ())]
    assert ids == [IDS - 2, IDS - 1, 1]
    tracker = Tracker(first_id=1)
    tracker.observe(places[:1], PICTURE, 0, ())
    tracker._next_id = IDS - 1
    ids = [track.id for track, _ in tracker.observe(places, PICTURE, 1, ())]
    assert ids == [1, IDS - 1, 2]


def test_ghosts_are_forgotten() -> None:
    tracker, random = Tracker(), Random(5)
    for number in range(30):
        people = [body(random.uniform(0, 6), size=random.uniform(5, 300)) for _ in range(10)]
        tracker.observe([body(3.0), *people], PICTURE, number * S // 30, {1})
    assert len(tracker._tracks) <= MOST_TRACKS
    assert 1 in {track.id for track in tracker._tracks}


def test_landmarks_that_are_no_place_are_nobody_known() -> None:
    nowhere = body(float("nan"))
    room = Room()
    for number in range(5):
        assert room.show(body(2.0), nowhere) == [1, number + 2]


def test_stamps_may_stand_still_or_go_back() -> None:
    room = Room()
    room.show(body(2.0))
    for step_ns in (0, 0, -S // 2, 0, S // 30):
        room.at_ns += step_ns - room.step_ns
        assert room.show(body(2.0)) == [1]
