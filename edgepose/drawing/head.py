"""Where the head and the neck of a person are, which no landmark shows. Pure; raises nothing."""

from collections.abc import Sequence, Set
from math import hypot
from typing import Final, NamedTuple

from edgepose.drawing.layer import Point
from edgepose.messages.landmarks import SETS, SetName
from edgepose.messages.pose import Landmark

_WIDE: Final = 0.62
"""Radius of the head in distances of the ears: hair and skull go beyond them."""
_LARGEST: Final = 0.25
"""Radius of the head in lengths of the trunk, from shoulders to hips, at most: z is rough, and far
from the camera it can make a balloon of a head."""


class Head(NamedTuple):
    """A circle, and the line of the neck from `chin` to `neck`; in pixels, `opacity` 0..1."""

    middle: Point
    radius: float
    chin: Point
    neck: Point
    opacity: float


def find_head(
    marks: Sequence[Landmark], points: Sequence[Point], seen: Set[int], names: SetName, width: int
) -> Head | None:
    """The head of the person whose `marks` are at `points`, in a picture of this `width` in pixels;
    None where not both ears and shoulders are among the `seen`. As on the live page."""
    ears, shoulders, hips = (_pair(names, part) for part in ("ear", "shoulder", "hip"))
    if not seen >= {*ears, *shoulders}:
        return None
    left, right = ears
    # The ears are as far apart as the head is wide, whichever way it is turned: z counts, too.
    deep = (marks[left].z - marks[right].z) * width
    wide = hypot(_distance(points[left], points[right]), deep)
    middle, neck, hip = (_middle(points[a], points[b]) for a, b in (ears, shoulders, hips))
    radius = min(wide * _WIDE, _distance(neck, hip) * _LARGEST)
    share = radius / max(_distance(middle, neck), radius, 1.0)
    chin = middle[0] + (neck[0] - middle[0]) * share, middle[1] + (neck[1] - middle[1]) * share
    return Head(middle, radius, chin, neck, min(marks[n].visibility for n in ears))


def _pair(names: SetName, part: str) -> tuple[int, int]:
    left, right = (SETS[names].index(f"{side}_{part}") for side in ("left", "right"))
    return left, right


def _distance(a: Point, b: Point) -> float:
    return hypot(a[0] - b[0], a[1] - b[1])


def _middle(a: Point, b: Point) -> Point:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
