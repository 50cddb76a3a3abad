"""The canvas of dots."""

import pytest
from rich.style import Style

from edgepose.terminal.canvas import Canvas

RED, BLUE = Style(color="red"), Style(color="blue")


def text(canvas: Canvas) -> list[str]:
    return ["".join(segment.text for segment in canvas.row(i)) for i in range(canvas.rows)]


@pytest.mark.parametrize(
    ("x", "y", "cell"),
    [(0, 0, "⠁"), (0, 2, "⠄"), (0, 3, "⡀"), (1, 0, "⠈"), (1, 2, "⠠"), (1, 3, "⢀")],
)
def test_a_dot_is_where_unicode_has_it(x: int, y: int, cell: str) -> None:
    canvas = Canvas(1, 1)
    canvas.dot(x, y, RED)
    assert text(canvas) == [cell]


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (4, 0), (0, 8)])
def test_a_dot_outside_is_left_out(x: int, y: int) -> None:
    canvas = Canvas(2, 2)
    canvas.dot(x, y, RED)
    assert text(canvas) == ["  ", "  "]


def test_a_line_from_far_outside_crosses_the_canvas() -> None:
    canvas = Canvas(3, 1)
    canvas.line((-1e9, 0), (1e9, 0), RED)
    assert text(canvas) == ["⠉⠉⠉"]


@pytest.mark.parametrize(
    ("start", "end"), [((-9, -9), (99, -9)), ((50, -5), (50, 99)), ((-9, 20), (30, 60))]
)
def test_a_line_beside_the_canvas_leaves_no_dot(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    canvas = Canvas(3, 2)
    canvas.line(start, end, RED, 2)
    assert text(canvas) == ["   ", "   "]


def test_a_thick_line_is_so_many_dots_across() -> None:
    flat, steep = Canvas(2, 1), Canvas(1, 1)
    flat.line((0, 1), (3, 1), RED, 3)
    steep.line((0, 0), (0, 3), RED, 1)
    assert text(flat) == ["⠿⠿"]
    assert text(steep) == ["⡇"]


@pytest.mark.parametrize("length", [10.0, 17.3, 18.49, 18.5, 25.4])
def test_a_line_has_no_gap(length: float) -> None:
    canvas = Canvas(15, 1)
    canvas.line((0.4, 0.0), (0.4 + length, 0.0), RED)
    dots = "".join(text(canvas)).rstrip().replace("⠉", "xx").replace("⠁", "x")
    assert dots == "x" * (round(0.4 + length) + 1)


def test_a_circle_is_as_high_as_wide_in_dots() -> None:
    canvas = Canvas(20, 10)
    canvas.circle(20, 20, 12, RED)
    rows = [i for i, row in enumerate(text(canvas)) if row.strip()]
    columns = [
        i for i, column in enumerate(zip(*text(canvas), strict=True)) if any(map(str.strip, column))
    ]
    assert (columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1) == (13, 7)


def test_neighbours_of_one_colour_are_one_segment_and_the_last_colour_stays() -> None:
    canvas = Canvas(4, 1)
    canvas.line((0, 0), (7, 0), RED)
    canvas.dot(6, 3, BLUE)
    assert [(segment.text, segment.style) for segment in canvas.row(0)] == [
        ("⠉⠉⠉", RED),
        ("⡉", BLUE),
    ]


def test_letters_stand_over_the_dots_and_what_is_outside_is_left_out() -> None:
    canvas = Canvas(4, 2)
    canvas.line((0, 0), (7, 0), RED)
    canvas.text(4, 1, "42", BLUE)
    canvas.text(9, 1, "999", BLUE)
    canvas.text(2, -1, "8", BLUE)
    assert text(canvas) == ["⠉429", "    "]
