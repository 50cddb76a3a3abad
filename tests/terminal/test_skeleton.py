"""A pose on a canvas: sides, colours, shape, edges."""

import pytest
from rich.style import Style

from edgepose.messages.landmarks import SetName
from edgepose.messages.pose import Pose
from edgepose.terminal.canvas import Canvas
from edgepose.terminal.skeleton import PALETTES, draw, fit
from tests.terminal.people import person, pose

COLUMNS, ROWS = 64, 24


def inks(shown: Pose) -> list[tuple[int, int, Style]]:
    """Column, row and colour of every cell that is drawn on."""
    canvas = Canvas(COLUMNS, ROWS)
    draw(shown, canvas)
    found = []
    for row in range(ROWS):
        column = 0
        for segment in canvas.row(row):
            if segment.style is not None:
                found += [(column + i, row, segment.style) for i in range(len(segment.text))]
            column += len(segment.text)
    return found


@pytest.mark.parametrize("name", ["blazepose33", "coco17"])
def test_the_person_s_own_left_has_its_colour_whatever_side_it_is_on(name: SetName) -> None:
    cells = inks(pose(person(), set_=name))
    palette = PALETTES[0]
    right_of_the_picture = {ink for column, _, ink in cells if column > COLUMNS * 0.62}
    left_of_the_picture = {ink for column, _, ink in cells if column < COLUMNS * 0.38}
    assert right_of_the_picture == {palette.left}
    assert left_of_the_picture == {palette.right}
    assert palette.middle in {ink for *_, ink in cells}


def test_a_pose_fills_its_place_in_the_picture() -> None:
    cells = inks(pose(person()))
    columns, rows = [c[0] for c in cells], [c[1] for c in cells]
    # Fingers from 0.17 to 0.83 of the width, toes at 0.93 of the height.
    assert (min(columns), max(columns)) == (round(0.17 * COLUMNS) - 1, round(0.83 * COLUMNS))
    assert max(rows) == int(0.93 * ROWS)


@pytest.mark.parametrize("dx", [-9.0, -2.0, 2.0, 1e4])
def test_who_is_outside_the_picture_is_not_drawn(dx: float) -> None:
    assert inks(pose(person(dx))) == []


def test_who_is_half_outside_is_cut_at_the_edge() -> None:
    cells = inks(pose(person(0.5)))
    assert max(column for column, _, _ in cells) == COLUMNS - 1
    assert {ink for *_, ink in cells} >= {PALETTES[0].right}


def test_an_absent_landmark_is_not_drawn_and_a_hidden_one_is_dim() -> None:
    assert inks(pose(person(presence=0.2))) == []
    assert {ink.dim for *_, ink in inks(pose(person(visibility=0.2)))} == {True}


def test_people_without_ids_keep_their_colours_by_their_places() -> None:
    one, other = person(-0.25), person(0.25)
    assert inks(pose(one, other)) == inks(pose(other, one))
    cells = inks(pose(one, other))
    assert PALETTES[0].right in {ink for column, _, ink in cells if column < COLUMNS * 0.3}
    assert PALETTES[1].left in {ink for column, _, ink in cells if column > COLUMNS * 0.7}


def test_people_with_ids_keep_their_colours_wherever_they_go() -> None:
    before = inks(pose(person(-0.25, id_=1), person(0.25, id_=2)))
    after = inks(pose(person(0.25, id_=1), person(-0.25, id_=2)))
    right = PALETTES[1].left, PALETTES[0].left
    for cells, ink in zip((before, after), right, strict=True):
        assert ink in {found for column, _, found in cells if column > COLUMNS * 0.7}


@pytest.mark.parametrize(
    ("size", "room", "aspect", "expected"),
    [
        ((640, 480), (200, 24), 2.0, (64, 24)),
        ((640, 480), (32, 24), 2.0, (32, 12)),
        ((640, 360), (200, 9), 2.0, (32, 9)),
        ((480, 640), (200, 24), 2.0, (36, 24)),
        ((640, 480), (200, 24), 2.5, (80, 24)),
        ((4096, 64), (10, 10), 2.0, (10, 1)),
        ((64, 4096), (10, 10), 2.0, (1, 10)),
    ],
)
def test_a_picture_keeps_its_shape(
    size: tuple[int, int], room: tuple[int, int], aspect: float, expected: tuple[int, int]
) -> None:
    assert fit(size, *room, aspect) == expected
