"""What a tracker is not to be upset by: doubles, ghosts, odd landmarks, odd stamps, many ids."""

from dataclasses import replace
from random import Random

import pytest

from edgepose.scene.motion import Figure
from edgepose.scene.presence import Rules
from edgepose.scene.tracker import IDS, MOST_TRACKS, Tracker
from tests.scene.moving import PICTURE, Room, S, body


def test_to_the_side_is_as_far_as_downward() -> None:
    standing = body(2.0).landmarks
    wide = tuple(p._replace(x=p.x / 2) for p in standing)
    one, other = Figure.of(standing, 4 / 3), Figure.of(wide, 8 / 3)
    assert (one.x, one.y, one.size) == pytest.approx((other.x, other.y, other.size))
    assert one.size == pytest.approx(100 / PICTURE[1])


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


def test_ghosts_are_forgotten_before_who_is_there() -> None:
    tracker, random = Tracker(), Random(5)
    tracker.observe([body(0.5)], PICTURE, 0, ())
    known = 1
    for number in range(30):
        places = [(random.uniform(2, 6), random.uniform(0, 5)) for _ in range(10)]
        ghosts = [body(x, y, random.uniform(5, 30)) for x, y in places]
        seen = tracker.observe(ghosts, PICTURE, number * S // 30, {1})
        known = max(known, *(track.id for track, _ in seen))
    assert known > 2 * MOST_TRACKS
    assert len(tracker._tracks) == MOST_TRACKS
    assert 1 in {track.id for track in tracker._tracks}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -3e38])
def test_landmarks_that_are_no_place_are_nobody_known(number: float) -> None:
    room = Room(Rules(on_after=0, off_after=30, min_confidence=0))
    nowhere = body(2.0)
    one = nowhere.landmarks[0]._replace(x=number)
    nowhere = replace(nowhere, landmarks=(one, *nowhere.landmarks[1:]))
    for count in range(5):
        assert room.show(body(5.0), nowhere)[0] == 1
        room.watch(1.2, body(5.0))
        assert len(room.there() or ()) == min(4, count + 2) or number == -3e38


def test_stamps_may_stand_still_or_go_back() -> None:
    room = Room()
    room.show(body(2.0))
    for step_ns in (0, 0, -S // 2, 0, S // 30):
        room.at_ns += step_ns - room.step_ns
        assert room.show(body(2.0)) == [1]
    room.at_ns -= 3600 * S
    assert room.show(body(4.0)) == [2]
    assert room.show(body(2.0)) == [3]
