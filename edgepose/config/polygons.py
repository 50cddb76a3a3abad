"""What is wrong with the polygons of a mask, as geometry. Pure.

A polygon is its corners (x, y), each from 0 to 1; its last corner is joined to its first.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

Point = tuple[float, float]
Polygon = Sequence[Point]
_ROWS: Final = 240
"""So many lines across the picture are looked at; a slit between two of them shows nobody."""
_SLIT: Final = 1 / 1000
"""Parts of the width, less than a pixel of most pictures."""
_FLAT: Final = 1e-9
"""Parts of the picture: rounding, and nothing that anybody means."""


def crosses_itself(polygon: Polygon) -> bool:
    """Whether two of its sides cross: what is inside then is a matter of opinion, and what is drawn
    of it would not be what is blacked."""
    sides = list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))
    return any(_cross(*one, *other) for one, other in combinations(sides, 2))


def is_flat(polygon: Polygon) -> bool:
    """Whether all its points are on one line: it would black nothing, and hide nobody."""
    first = polygon[0]
    far = max(polygon, key=lambda point: math.dist(first, point))
    return all(abs(_side(first, far, point)) < _FLAT for point in polygon)


def cover_all(polygons: Sequence[Polygon]) -> bool:
    """Whether nothing of the picture is left."""
    return bool(polygons) and all(_covered((row + 0.5) / _ROWS, polygons) for row in range(_ROWS))


def _covered(y: float, polygons: Sequence[Polygon]) -> bool:
    reached = 0.0
    for left, right in sorted(span for each in polygons for span in _spans(y, each)):
        if left > reached + _SLIT:
            return False
        reached = max(reached, right)
    return reached >= 1 - _SLIT


def _spans(y: float, polygon: Polygon) -> Iterator[tuple[float, float]]:
    """From where to where a line at this height is inside."""
    crossings = sorted(
        x1 + (y - y1) / (y2 - y1) * (x2 - x1)
        for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True)
        if (y1 <= y) != (y2 <= y)
    )
    return zip(crossings[::2], crossings[1::2], strict=True)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether ab and cd have a point in common that is no end of either."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, p: Point) -> float:
    """Positive on one side of the line through a and b, negative on the other."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
