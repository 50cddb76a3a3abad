"""People are drawn where they are, as visible as they are, and each in a colour."""

import math

import numpy as np
import pytest

from edgepose.drawing import COLOURS, GROUND, Picture, draw, plain
from edgepose.messages.landmarks import BLAZEPOSE33, COCO17_INDICES, CONNECTIONS, SETS, SetName
from edgepose.messages.pose import Landmark, Person
from tests.terminal import people as made

SIZE = (640, 480)
HIP, KNEE, ELBOW, WRIST = (
    BLAZEPOSE33.index(f"left_{name}") for name in ("hip", "knee", "elbow", "wrist")
)


def somebody(x: float = 0.5, y: float = 0.5, number: int = 0, **changed: Landmark) -> Person:
    """A person whose landmarks stand on a circle in order, all of them visible."""
    marks = [
        Landmark(x + 0.2 * math.cos(n / 5.3), y + 0.2 * math.sin(n / 5.3), 0.0, 1.0, 1.0)
        for n in range(33)
    ]
    for name, mark in changed.items():
        marks[BLAZEPOSE33.index(name)] = mark
    return Person(tuple(marks), id=number)


def at(person: Person, a: int, b: int, size: tuple[int, int] = SIZE) -> tuple[int, int]:
    """Row and column of the pixel half-way between two landmarks."""
    one, other = person.landmarks[a], person.landmarks[b]
    return round((one.y + other.y) / 2 * size[1]), round((one.x + other.x) / 2 * size[0])


def distance(picture: Picture, pixel: tuple[int, int], colour: tuple[int, int, int]) -> int:
    """How far the pixel's colour is from this one."""
    return int(np.abs(picture[pixel].astype(int) - colour).max())


def test_every_connection_is_there_and_the_picture_given_stays_as_it_was() -> None:
    ground, person = plain(SIZE), somebody()
    picture = draw(ground, [person])
    assert (ground == GROUND).all()
    bare = [pair for pair in CONNECTIONS if (picture[at(person, *pair)] == GROUND).all()]
    assert bare == []


def test_what_is_less_visible_is_less_opaque() -> None:
    seen = []
    for visibility in (1.0, 0.5, 0.1, 0.0):
        knee = Landmark(0.9, 0.2, 0.0, visibility, 1.0)
        person = somebody(left_knee=knee, left_hip=Landmark(0.1, 0.2, 0.0, 1.0, 1.0))
        picture = draw(plain(SIZE), [person])
        seen.append(distance(picture, (round(0.2 * 480 - 0.5), 320), COLOURS[0]))
    assert seen[0] <= 2
    assert seen == sorted(seen)
    assert seen[1] == pytest.approx(seen[3] / 2, abs=25)
    assert seen[3] == max(abs(a - b) for a, b in zip(GROUND, COLOURS[0], strict=True))


def test_what_is_not_in_the_picture_is_not_drawn() -> None:
    wrist = Landmark(0.1, 0.1, 0.0, 1.0, 0.4)
    person = somebody(left_wrist=wrist)
    picture = draw(plain(SIZE), [person])
    assert (picture[at(person, ELBOW, WRIST)] == GROUND).all()


@pytest.mark.parametrize("ids", [None, [7, 1]], ids=["by place", "by id"])
def test_people_have_colours_of_their_own(ids: list[int] | None) -> None:
    people = [somebody(0.25), somebody(0.75)]
    picture = draw(plain(SIZE), people, ids=ids)
    for person, number in zip(people, ids or (1, 2), strict=True):
        row, column = at(person, HIP, KNEE)
        around = [(row + n, column + m) for n in (-1, 0, 1) for m in (-1, 0, 1)]
        colour = COLOURS[number - 1]
        assert min(distance(picture, pixel, colour) for pixel in around) < 10


def test_an_id_is_written_above_and_0_is_none() -> None:
    without, with_id = (draw(plain(SIZE), [somebody(number=n)]) for n in (0, 8))
    rows, columns = np.nonzero((without != with_id).any(axis=2))
    assert rows.size > 50
    assert rows.max() < 0.32 * 480
    assert 0.4 * 640 < columns.mean() < 0.6 * 640
    assert (draw(plain(SIZE), [somebody(number=8)], ids=[0]) == without).all()


def test_a_mask_is_an_outline() -> None:
    mask = np.zeros((480, 640), np.float32)
    mask[100:300, 200:400] = 0.8
    far = Person(tuple(mark._replace(presence=0.0) for mark in somebody().landmarks))
    picture = draw(plain(SIZE), [far], masks=[mask])
    for pixel in ((100, 300), (299, 300), (200, 200), (200, 399)):
        assert distance(picture, pixel, COLOURS[0]) < 60
    assert (picture[200, 300] == GROUND).all()
    assert (picture[50, 50] == GROUND).all()


def test_lines_are_antialiased_and_as_wide_as_the_picture_wants() -> None:
    person = somebody(left_hip=Landmark(0.2, 0.1, 0, 1, 1), left_knee=Landmark(0.8, 0.13, 0, 1, 1))
    widths = []
    for size in ((320, 240), (1920, 1440)):
        column = draw(plain(size), [person])[:, size[0] // 4 : size[0] // 3].astype(int)
        lit = (column[..., 0] - GROUND[0]) / (COLOURS[0][0] - GROUND[0])
        widths.append(lit[: size[1] // 6].clip(0, 1).sum(axis=0).mean())
        assert ((lit > 0.1) & (lit < 0.9)).any()
    assert widths[1] > 3 * widths[0]


@pytest.mark.parametrize("names", ["blazepose33", "coco17"])
def test_a_head_and_a_neck_are_drawn_where_that_is_asked_for(names: SetName) -> None:
    [there] = made.pose(made.person(), set_=names).people
    bare, whole = (draw(plain(SIZE), [there], names=names, heads=n) for n in (False, True))
    # The ears are 0.08 apart, at a height of 0.19: left, right and top of the circle, and the neck.
    radius = 0.62 * 0.08 * 640
    middle = (0.19 * 480, 320)
    places = [(0, -radius), (0, radius), (-radius, 0), ((0.27 - 0.19) * 480, 0)]
    for down, right in places:
        pixel = round(middle[0] + down), round(middle[1] + right)
        around = [(pixel[0] + n, pixel[1] + m) for n in (-1, 0, 1) for m in (-1, 0, 1)]
        assert min(distance(whole, each, COLOURS[0]) for each in around) < 10
        assert (bare[pixel] == GROUND).all()
    # The number stands above it, also of somebody of whom nothing else is seen.
    bust = [mark._replace(presence=0.4 if mark.y > 0.3 else 1) for mark in there.landmarks]
    without, with_id = (
        draw(plain(SIZE), [Person(tuple(bust))], ids=[n], names=names, heads=True) for n in (0, 8)
    )
    rows, _ = np.nonzero((without != with_id).any(axis=2))
    assert rows.size > 50
    assert rows.max() < middle[0] - radius - 2
    marks = [*there.landmarks]
    marks[SETS[names].index("left_ear")] = marks[0]._replace(presence=0.4)
    earless = Person(tuple(marks))
    assert (
        draw(plain(SIZE), [earless], names=names, heads=True)
        == draw(plain(SIZE), [earless], names=names)
    ).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (64, 48)])
@pytest.mark.parametrize("x", [-1e9, -0.2, 0.5, 1.2, 1e9])
def test_any_size_and_any_place_is_drawn(size: tuple[int, int], x: float) -> None:
    mask = np.ones((size[1], size[0]), np.float32)
    far = Landmark(1e9, 0.5, 0.0, 1.0, 1.0)
    for people in ([somebody(x, number=1)], [somebody(x, left_ear=far, left_hip=far)]):
        found = draw(plain(size), people, masks=[mask], heads=True)
        assert found.shape == (*size[::-1], 3)


def test_the_17_of_coco_are_drawn_with_their_own_lines() -> None:
    whole = somebody()
    person = Person(tuple(whole.landmarks[i] for i in COCO17_INDICES))
    picture = draw(plain(SIZE), [person], names="coco17")
    assert (picture[at(person, 11, 13)] != GROUND).any()


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3), np.uint16)],
)
def test_what_is_no_picture_is_refused(image: Picture) -> None:
    with pytest.raises(ValueError, match="no picture"):
        draw(image, [])


def test_ids_and_masks_are_as_many_as_people() -> None:
    with pytest.raises(ValueError, match="zip"):
        draw(plain(SIZE), [somebody()], ids=[1, 2])
    with pytest.raises(ValueError, match="zip"):
        draw(plain(SIZE), [somebody()], masks=[])
