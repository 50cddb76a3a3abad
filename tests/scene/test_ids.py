"""How long an id lives, for made-up motion; a size of a person is half a metre."""

import pytest

from tests.scene.moving import Room, S, body


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


def test_somebody_else_further_on_is_new() -> None:
    room = Room()
    room.watch(0.1, body(2.0))
    room.watch(0.6)
    assert room.show(body(4.4)) == [2]


def test_somebody_far_smaller_is_new() -> None:
    room = Room()
    room.watch(0.2, body(2.0))
    room.watch(0.5)
    assert room.show(body(2.0, size=40)) == [2]


def test_who_comes_nearer_grows_also_while_unseen() -> None:
    room = Room()
    for number in range(60):
        assert room.show(body(3.0, size=40 + 2 * number)) == [1]
    room.watch(0.8)
    assert room.show(body(3.0, size=280)) == [1]


def test_after_a_while_away_nobody_is_drawn_to_where_they_were() -> None:
    room = Room()
    room.watch(2, body(2.0))
    room.watch(5)
    back = body(2.3)
    assert room.show(back) == [1]
    assert room.seen[0].landmarks == back.landmarks


def test_frames_may_be_rarer_than_the_gap_that_is_bridged() -> None:
    room = Room(rate=0.5)
    assert [room.show(body(2.0)) for _ in range(5)] == [[1]] * 5
    assert room.there() == [1]
    assert room.news[0].at_ns == 1234 * S + 2 * room.step_ns
    room = Room(rate=1 / 6)
    assert [room.show(body(2.0)) for _ in range(3)] == [[1], [2], [3]]
