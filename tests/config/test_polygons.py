"""The polygons of a mask: what is refused, as geometry, and in which words."""

from pathlib import Path

import pytest

from edgepose.config.load import parse
from edgepose.config.polygons import Polygon, cover_all, crosses_itself
from edgepose.config.problem import ConfigError

ALL: Polygon = ((0, 0), (1, 0), (1, 1), (0, 1))
LEFT: Polygon = ((0, 0), (0.5, 0), (0.5, 1), (0, 1))
RIGHT: Polygon = ((0.5, 0), (1, 0), (1, 1), (0.5, 1))
UPPER: Polygon = ((0, 0), (1, 0), (0, 1))
LOWER: Polygon = ((1, 0), (1, 1), (0, 1))
ARROW: Polygon = ((0, 0), (1, 0.5), (0, 1), (0.4, 0.5))
CLOSED: Polygon = ((0, 0), (0.5, 0), (0.5, 0.5), (0, 0))
BOW: Polygon = ((0, 0), (1, 1), (1, 0), (0, 1))
STAR: Polygon = ((0.5, 0), (0.8, 0.9), (0, 0.35), (1, 0.35), (0.2, 0.9))


@pytest.mark.parametrize("polygon", [ALL, UPPER, ARROW, CLOSED])
def test_what_does_not_cross_itself(polygon: Polygon) -> None:
    assert not crosses_itself(polygon)


@pytest.mark.parametrize("polygon", [BOW, STAR])
def test_what_crosses_itself(polygon: Polygon) -> None:
    assert crosses_itself(polygon)


@pytest.mark.parametrize(
    "polygons", [(ALL,), (LEFT, RIGHT), (RIGHT, ALL, LEFT), (UPPER, LOWER), (LEFT, UPPER, LOWER)]
)
def test_what_leaves_nothing(polygons: tuple[Polygon, ...]) -> None:
    assert cover_all(polygons)


@pytest.mark.parametrize(
    "polygons",
    [
        (),
        (LEFT,),
        (LEFT, LEFT),
        (UPPER,),
        (ARROW,),
        (((0, 0.01), (1, 0.01), (1, 1), (0, 1)),),
        (LEFT, ((0.51, 0), (1, 0), (1, 1), (0.51, 1))),
    ],
)
def test_what_leaves_something(polygons: tuple[Polygon, ...]) -> None:
    assert not cover_all(polygons)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ("[[[0,0],[1,1],[1,0],[0,1]]]", "gives polygon 1 sides that cross"),
        ("[[[0,0],[1,0],[1,1],[0,1]]]", "leaves nothing of the picture"),
        ("[[[0,0],[0.1,0.1],[0.7,0.7]]]", "gives polygon 1 points on one line"),
        ("[[[0.2,0.2],[0.2,0.2],[0.2,0.2]]]", "gives polygon 1 points on one line"),
        ("[[0,0],[1,0],[1,1]]", "put each polygon into one more pair of brackets"),
        ("[[[0,0],[1,0]]]", "has a polygon, number 1, of 2 points"),
    ],
)
def test_the_words(mask: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(f"camera:\n  mask: {mask}\n".encode(), Path("edgepose.yaml"))
    (problem,) = refused.value.problems
    assert (problem.line, problem.key) == (2, "camera.mask")
    assert words in problem.message
