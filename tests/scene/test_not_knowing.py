"""When nobody knows who is there: at first, while no pictures come, after a pause."""

from dataclasses import replace

import pytest

from edgepose.scene.presence import Came
from tests.scene.moving import HERE, RULES, THERE, Room, S, story


def test_nothing_is_known_at_first() -> None:
    room = Room()
    assert room.scene.present() is None
    room.watch(0.4)
    assert room.scene.present() is None
    room.watch(0.2)
    assert room.scene.present() == ()


def test_a_short_blindness_changes_nobody() -> None:
    room = Room(replace(RULES, off_after=10))
    room.watch(1, HERE, THERE)
    room.watch(5, THERE)
    since = room.scene.present()
    room.wait_blind(9)
    assert room.there() is None
    room.watch(0.4, THERE)
    assert room.there() is None
    room.watch(0.3, THERE)
    assert room.scene.present() == since
    # Blindness does not count: seven seconds are not ten.
    room.watch(4, THERE)
    assert room.there() == [1, 2]
    room.watch(1, THERE)
    assert room.there() == [2]
    assert story(room) == [("Came", 1), ("Came", 2), ("Went", 1)]
    assert room.show(THERE) == [2]


def test_a_long_blindness_forgets_everybody_without_a_word() -> None:
    room = Room(replace(RULES, off_after=10))
    room.watch(1, HERE)
    room.wait_blind(10.5)
    assert room.watch(1, HERE) == [2]
    assert story(room) == [("Came", 1), ("Came", 2)]
    assert room.there() == [2]


def test_one_call_is_enough() -> None:
    room = Room(replace(RULES, off_after=10))
    room.watch(1, HERE)
    room.scene.blind(room.at_ns)
    room.at_ns += 11 * S
    assert room.watch(1, HERE) == [2]


@pytest.mark.parametrize("said_after_s", [0.5, 3])
def test_who_is_forgotten_is_new_at_the_next_frame(said_after_s: float) -> None:
    room = Room(replace(RULES, off_after=1))
    room.watch(1, HERE)
    room.scene.blind(room.at_ns + round(said_after_s * S))
    room.at_ns += 3 * S
    assert room.show(HERE) == [2]


def test_a_frame_now_and_then_is_no_end_of_a_blindness() -> None:
    room = Room(replace(RULES, off_after=10))
    room.watch(1, HERE)
    for _ in range(12):
        room.wait_blind(1)
        room.show()
        assert room.there() is None
    assert room.watch(1, HERE) == [2]
    assert story(room) == [("Came", 1), ("Came", 2)]


def test_blindness_at_first_is_no_harm() -> None:
    room = Room()
    room.wait_blind(100)
    room.watch(1, HERE)
    assert room.there() == [1]


def test_somebody_who_comes_may_do_so_across_a_moment_of_blindness() -> None:
    room = Room()
    room.watch(0.3, HERE)
    room.wait_blind(2)
    assert room.watch(0.3, HERE) == [1]
    [came] = room.news
    assert isinstance(came, Came)
    assert came.visible_s == pytest.approx(0.5, abs=0.05)


def test_forget_is_at_once_and_without_a_word() -> None:
    room = Room()
    room.watch(1, HERE)
    room.scene.forget()
    assert room.there() is None
    assert room.scene.happened() == ()
    assert room.show(HERE) == [2]
    assert room.there() is None
    room.watch(1, HERE)
    assert story(room) == [("Came", 1), ("Came", 2)]


def test_of_who_was_in_another_place_nothing_is_known() -> None:
    room = Room()
    room.scene.look_at("here")
    room.watch(1, HERE, THERE)
    room.scene.look_at("here")
    assert room.there() == [1, 2]
    room.scene.look_at("elsewhere")
    assert room.there() is None
    # Be it somebody who stands at the same place of the picture.
    assert room.watch(1, HERE) == [3]
    assert story(room) == [("Came", 1), ("Came", 2), ("Came", 3)]
    assert room.there() == [3]


def test_nobody_leaves_in_a_picture_that_may_show_nothing() -> None:
    room = Room(replace(RULES, off_after=1))
    room.watch(1, HERE, THERE)
    # Nobody is found, and then one of the two.
    for people in (), (HERE,):
        for _ in range(140):
            room.scene.hold(room.at_ns + room.step_ns)
            if people:
                room.show(*people)
            else:
                room.at_ns += room.step_ns
            assert room.there() == [1, 2]
    assert story(room) == [("Came", 1), ("Came", 2)]
    # It was a hand that has gone; the time from then on counts.
    room.watch(0.9)
    assert room.there() == [1, 2]
    room.watch(0.2)
    assert room.there() == []


def test_a_suspicion_before_the_first_frame_is_no_harm() -> None:
    room = Room()
    room.scene.hold(room.at_ns)
    room.watch(1, HERE)
    assert room.there() == [1]
