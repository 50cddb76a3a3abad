"""People whose ways cross keep their ids, for made-up motion. A person's size is half a metre."""

from random import Random

import pytest

from tests.scene.moving import Room, body


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


def test_who_walks_over_the_place_of_somebody_unseen_keeps_the_id() -> None:
    room = Room()
    room.watch(2, body(3.2))
    room.watch(3)
    ids = {tuple(room.show(body(1.0 + number / 15))) for number in range(60)}
    assert ids == {(2,)}
    assert room.there() == [1, 2]


@pytest.mark.parametrize("seed", range(4))
def test_who_hides_behind_somebody_does_not_take_the_id_along(seed: int) -> None:
    room, random = Room(rate=30), Random(seed)
    for number in range(120):
        walks = 1.2 + number / 30
        people = [body(3.2 + random.gauss(0, 0.08), jitter=2, random=random)]
        if walks < 2.6:
            people.append(body(walks, jitter=2, random=random))
        assert room.show(*people)[0] == 1


@pytest.mark.parametrize("hidden", [0.0, 0.6])
def test_two_of_different_size_who_meet_and_turn_keep_their_ids(hidden: float) -> None:
    room = Room()
    for number in range(81):
        apart = 0.4 + abs(number - 40) / room.rate * 2
        near, far = body(3.2 - apart / 2), body(3.2 + apart / 2, size=70)
        ids = room.show(*((near, far) if apart > hidden else (near,)))
        assert ids == [1, 2][: len(ids)]
