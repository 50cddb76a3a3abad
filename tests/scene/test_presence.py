"""Who counts as there: when somebody comes and goes."""

from dataclasses import replace

import pytest

from edgepose.scene.attendance import KEPT
from edgepose.scene.presence import Came, Presence, Rules, Went
from tests.scene.moving import ELSEWHERE, HERE, RULES, THERE, Room, S, body, story

# Coming.


def test_somebody_comes_once_seen_for_long_enough() -> None:
    room = Room()
    begun_ns = room.at_ns + room.step_ns
    room.watch(0.5, HERE)
    assert room.news == []
    assert room.there() is None
    room.show(HERE)
    [came] = room.news
    assert isinstance(came, Came)
    assert came.id == 1
    assert came.at_ns == room.at_ns
    assert came.visible_s == pytest.approx((room.at_ns - begun_ns) / 1e9)
    assert came.visible_s == pytest.approx(0.5, abs=1e-6)
    assert came.confidence == pytest.approx(1.0)
    assert room.scene.present() == (Presence(1, room.at_ns),)
    room.watch(5, HERE)
    assert len(room.news) == 1


def test_at_once_if_asked_for() -> None:
    room = Room(replace(RULES, on_after=0))
    room.show(HERE)
    assert room.there() == [1]
    [came] = room.news
    assert isinstance(came, Came)
    assert (came.at_ns, came.visible_s) == (room.at_ns, 0.0)


def test_a_glimpse_is_nobody() -> None:
    room = Room()
    room.watch(0.3, HERE)
    room.watch(3)
    assert room.news == []
    assert room.there() == []
    # Glimpses that are more than a second apart do not add up.
    for _ in range(4):
        room.watch(0.3, HERE)
        room.watch(1.2)
    assert room.news == []


def test_a_gap_while_somebody_comes_is_bridged() -> None:
    room = Room(replace(RULES, on_after=2))
    room.watch(1, HERE)
    room.watch(0.9)
    room.watch(0.3, HERE)
    [came] = room.news
    assert isinstance(came, Came)
    assert came.visible_s == pytest.approx(2, abs=0.04)


def test_who_is_not_seen_surely_does_not_count_but_has_an_id() -> None:
    room = Room()
    unsure = body(1.5, sure=0.4)
    assert room.watch(3, unsure) == [1]
    assert room.there() == []
    room.watch(0.3, HERE)
    room.watch(0.4, unsure)
    assert room.there() == []
    # Unsure for less than a second, and sure again.
    assert room.show(HERE) == [1]
    assert room.there() == [1]
    assert isinstance(room.news[0], Came)
    assert room.news[0].visible_s == pytest.approx(0.7, abs=0.05)
    # Who is there stays for as long as there is a pose.
    room.watch(40, unsure)
    assert room.there() == [1]


def test_who_was_unsure_for_long_has_to_be_sure_for_on_after_again() -> None:
    room = Room()
    room.watch(0.3, HERE)
    room.watch(1.2, body(1.5, sure=0.4))
    room.watch(0.3, HERE)
    assert room.news == []
    room.watch(0.3, HERE)
    assert story(room) == [("Came", 1)]


# Going.


def test_somebody_goes_once_unseen_for_long_enough() -> None:
    room = Room(replace(RULES, off_after=5))
    room.watch(1, HERE)
    last_ns = room.at_ns
    room.watch(4.9)
    assert room.there() == [1]
    room.watch(0.2)
    assert room.there() == []
    went = room.news[-1]
    assert isinstance(went, Went)
    assert (went.id, went.displaced_by) == (1, None)
    assert went.unseen_s == pytest.approx(5, abs=0.04)
    assert went.at_ns == pytest.approx(last_ns + 5 * S, abs=room.step_ns)
    # Whoever comes to that place then is somebody new.
    assert room.show(HERE) == [2]


def test_stamps_that_go_back_keep_nobody() -> None:
    room = Room(replace(RULES, off_after=5))
    room.watch(1, HERE)
    room.watch(2)
    room.at_ns -= 3600 * S
    room.watch(2.9)
    assert room.there() == [1]
    room.watch(0.3)
    assert room.there() == []


def test_never_more_than_can_be_told_apart() -> None:
    room = Room(num_poses=2)
    room.watch(1, HERE, THERE)
    room.watch(2, HERE)
    room.watch(1, HERE, ELSEWHERE)
    assert story(room) == [("Came", 1), ("Came", 2), ("Went", 2), ("Came", 3)]
    went, came = room.news[2:]
    assert isinstance(went, Went)
    assert went.displaced_by == 3
    assert went.unseen_s == pytest.approx(2.5, abs=0.06)
    assert went.at_ns == came.at_ns
    assert room.there() == [1, 3]


def test_who_is_unseen_longest_is_displaced() -> None:
    room = Room(num_poses=3)
    room.watch(1, HERE, THERE, ELSEWHERE)
    room.watch(1, HERE, THERE)
    room.watch(1, THERE)
    room.watch(1, body(1.5, 4.0, 50))
    assert story(room)[3:] == [("Went", 3), ("Came", 4)]


def test_two_whom_the_engine_sees_in_turns_do_not_displace_each_other() -> None:
    room = Room(num_poses=1)
    for _ in range(100):
        room.show(HERE)
        room.show(ELSEWHERE)
    assert story(room) == [("Came", 1)]
    # Until one of them is gone.
    room.watch(1, ELSEWHERE)
    assert story(room)[1:] == [("Went", 1), ("Came", 2)]


# Another number of people to tell apart.


def test_who_is_over_a_smaller_number_leaves_once_the_others_are_seen() -> None:
    room = Room(num_poses=3)
    room.watch(1, HERE, THERE, ELSEWHERE)
    room.watch(0.5, HERE, ELSEWHERE)
    room.scene.num_poses = 1
    # One may be missed in a frame.
    room.watch(0.4, HERE)
    assert room.there() == [1, 2, 3]
    assert room.watch(0.2, HERE) == [1]
    assert story(room)[3:] == [("Went", 2), ("Went", 3)]
    for went, unseen_s in zip(room.news[3:], (1.0, 0.5), strict=True):
        assert isinstance(went, Went)
        assert went.displaced_by == 1
        assert went.unseen_s == pytest.approx(unseen_s, abs=0.06)
    assert room.there() == [1]


@pytest.mark.parametrize("on_after", [0, 0.5, 5])
@pytest.mark.parametrize(("stays", "goes"), [(1, 2), (2, 1)])
@pytest.mark.parametrize("unseen_s", [0.0, 0.3])
def test_whoever_is_seen_with_a_smaller_number_stays(
    on_after: float, stays: int, goes: int, unseen_s: float
) -> None:
    """As with a camera that is opened anew: nothing comes for a moment, then one of the two."""
    room, people = Room(replace(RULES, on_after=on_after), num_poses=2), (HERE, THERE)
    room.watch(6, *people)
    since = room.scene.present()
    room.wait_blind(1.5)
    room.scene.num_poses = 1
    # The first frames of an engine may be empty.
    room.watch(unseen_s)
    assert room.watch(8, people[stays - 1]) == [stays]
    assert story(room) == [("Came", 1), ("Came", 2), ("Went", goes)]
    went = room.news[-1]
    assert isinstance(went, Went)
    assert went.displaced_by == stays
    assert went.unseen_s > 0
    assert since is not None
    assert room.scene.present() == (since[stays - 1],)


def test_with_a_smaller_number_nobody_leaves_while_nobody_is_seen() -> None:
    room = Room(replace(RULES, off_after=5), num_poses=2)
    room.watch(1, HERE, THERE)
    room.scene.num_poses = 1
    room.watch(4.9)
    assert room.there() == [1, 2]
    room.watch(0.2)
    assert story(room)[2:] == [("Went", 2), ("Went", 1)]


def test_a_newcomer_displaces_all_who_are_over_a_smaller_number() -> None:
    room = Room(num_poses=2)
    room.watch(1, HERE, THERE)
    room.scene.num_poses = 1
    assert room.watch(1, ELSEWHERE) == [3]
    assert story(room)[2:] == [("Went", 2), ("Went", 1), ("Came", 3)]
    assert all(isinstance(each, Came) or each.displaced_by == 3 for each in room.news[2:])
    assert room.there() == [3]


def test_who_was_displaced_is_somebody_new_when_seen_again() -> None:
    """However soon: an id that has left is never there again."""
    room = Room(num_poses=1)
    room.watch(1, HERE)
    room.watch(0.55, THERE)
    assert room.watch(0.3, HERE) == [3]
    room.watch(0.5, HERE)
    assert story(room) == [("Came", 1), ("Went", 1), ("Came", 2), ("Went", 2), ("Came", 3)]
    came = room.news[-1]
    assert isinstance(came, Came)
    assert came.visible_s == pytest.approx(0.5, abs=0.06)


def test_more_may_be_told_apart_from_now_on() -> None:
    room = Room(num_poses=1)
    room.watch(1, HERE)
    room.wait_blind(1.5)
    room.scene.num_poses = 2
    assert room.watch(1, THERE, HERE) == [2, 1]
    assert story(room) == [("Came", 1), ("Came", 2)]
    assert room.there() == [1, 2]


# Rules that change while it runs.


def test_new_rules_hold_from_the_next_frame_on() -> None:
    room = Room()
    room.watch(1, HERE, THERE)
    room.watch(8, THERE)
    room.scene.rules = replace(RULES, off_after=5)
    assert room.there() == [1, 2]
    room.show(THERE)
    assert room.there() == [2]
    assert isinstance(room.news[-1], Went)
    assert room.news[-1].unseen_s == pytest.approx(8, abs=0.06)
    room.scene.rules = Rules(on_after=10, off_after=5, min_confidence=1.0)
    room.watch(9.9, THERE, ELSEWHERE)
    # Who is there, and that it is known, stays.
    assert room.there() == [2]
    room.watch(0.2, THERE, ELSEWHERE)
    assert room.there() == [2, 3]


# The news.


def test_what_happened_before_is_still_told() -> None:
    room = Room()
    room.asks = False
    room.watch(1, HERE)
    room.scene.forget()
    assert [each.id for each in room.scene.happened()] == [1]


def test_news_are_told_once_and_only_some_are_kept() -> None:
    room = Room(Rules(on_after=0, off_after=1, min_confidence=0), rate=2)
    room.asks = False
    for _ in range(KEPT):
        room.show(HERE)
        room.watch(1.5)
        assert room.there() == []
    told = room.scene.happened()
    assert len(told) == KEPT
    assert isinstance(told[-1], Went)
    assert told[-1].id == KEPT
    assert room.scene.happened() == ()
