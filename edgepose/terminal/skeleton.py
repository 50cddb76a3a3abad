"""A pose as a skeleton on a canvas: the landmarks of each person, joined and coloured.

Pure; used by one thread.
"""

from collections.abc import Sequence
from functools import cache
from math import hypot
from typing import Final, NamedTuple

from rich.style import Style

from edgepose.messages.landmarks import BLAZEPOSE33, COCO17_INDICES, CONNECTIONS, SETS, SetName
from edgepose.messages.pose import Landmark, Person, Pose
from edgepose.terminal.canvas import DOTS_DOWN, Canvas

CELL_ASPECT: Final = 2.0
"""How much higher than wide the cell of a terminal is, where nobody knows better."""
SEEN: Final = 0.5
"""Below this visibility a landmark is drawn dim; below this presence it is not drawn."""
_COCO_FACE: Final = ((0, 1), (1, 3), (0, 2), (2, 4))
"""What CONNECTIONS joins by landmarks that COCO has not."""
_SIDES: Final = ("left", "right")
_MIDDLE: Final = 2
_HEAD: Final = 0.62
"""Radius of the head in distances of the ears: hair and skull go beyond them."""
_LARGEST_HEAD: Final = 0.25
"""Radius of the head in lengths of the trunk, from shoulders to hips, at most."""
_FAR: Final = 1e6
"""In widths of the picture: nothing is farther outside, but a message may say so."""
_LIMBS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


class Palette(NamedTuple):
    """The colours of one person: their own left, their own right, and what is between."""

    left: Style
    right: Style
    middle: Style


PALETTES: Final = tuple(
    Palette(Style(color=left), Style(color=right), Style(bold=True))
    for left, right in (
        # Orange and cyan for left and right, as MediaPipe's own drawings have them.
        ("#ff9130", "#22c8ee"),
        ("#f368e0", "#5fd068"),
        ("#ffd43b", "#8c7bff"),
        ("#ff6b6b", "#20b5a0"),
    )
)


class _Bone(NamedTuple):
    start: int
    end: int
    side: int
    """Index into a palette."""
    thick: bool


def columns_for(size: tuple[int, int], rows: int, aspect: float = CELL_ASPECT) -> float:
    """How many columns a picture of `size` (width, height in pixels) fills if it fills `rows`."""
    width, height = size
    return rows * aspect * width / height


def draw(pose: Pose, canvas: Canvas) -> None:
    """Draw everybody; the picture's edges are the canvas's edges."""
    for person, palette in zip(_in_order(pose.people), palettes(pose.people), strict=True):
        _draw_person(person, pose.set, palette, canvas)
    for person, palette in zip(_in_order(pose.people), palettes(pose.people), strict=True):
        if person.id:
            _write_id(person, pose.set, palette.middle, canvas)


def _write_id(person: Person, names: SetName, ink: Style, canvas: Canvas) -> None:
    """Above the head, or what is seen of it; at the upper edge of the picture, over it."""
    found = _head(person, names, canvas)
    if found is None:
        points = [_point(mark, canvas) for mark in person.landmarks if _present(mark)]
        if not points:
            return
        found = (*min(points, key=lambda point: point[1]), 0.0)
    x, y, radius = found
    if y >= 0:
        canvas.text(x, max(0.0, y - radius - DOTS_DOWN), str(person.id), ink)


def _in_order(people: tuple[Person, ...]) -> list[Person]:
    """Without ids, people keep their colours by keeping their places from left to right."""
    return sorted(people, key=lambda p: p.id or sum(mark.x for mark in p.landmarks))


def palettes(people: tuple[Person, ...]) -> list[Palette]:
    """The colours of these people, in the order in which they are drawn."""
    tracked = all(person.id for person in people)
    numbers = [person.id - 1 for person in _in_order(people)] if tracked else range(len(people))
    return [PALETTES[number % len(PALETTES)] for number in numbers]


def _draw_person(person: Person, names: SetName, palette: Palette, canvas: Canvas) -> None:
    marks = person.landmarks
    points = [_point(mark, canvas) for mark in marks]
    limb = _thickness(person, names, canvas)
    _draw_head(person, names, palette.middle, canvas)
    for bone in sorted(_bones(names), key=lambda bone: _height(bone, marks)):
        ends = marks[bone.start], marks[bone.end]
        if not _present(*ends):
            continue
        ink = _ink(palette[bone.side], *ends)
        canvas.line(points[bone.start], points[bone.end], ink, limb if bone.thick else 1)
        if bone.thick and limb > 1 and bone.side != _MIDDLE:
            for number in (bone.start, bone.end):
                canvas.blob(*points[number], limb + 1, ink)


def _point(mark: Landmark, canvas: Canvas) -> tuple[float, float]:
    """Where a landmark is, in dots; a dot's number is that of its middle."""
    x, y = (min(max(n, -_FAR), _FAR) for n in (mark.x, mark.y))
    return x * canvas.width - 0.5, y * canvas.height - 0.5


def _present(*marks: Landmark) -> bool:
    return min(mark.presence for mark in marks) >= SEEN


def _height(bone: _Bone, marks: Sequence[Landmark]) -> tuple[bool, float]:
    """What is drawn first: the trunk's lines across, then what is farther from the camera."""
    return bone.side != _MIDDLE, -(marks[bone.start].z + marks[bone.end].z)


def _draw_head(person: Person, names: SetName, ink: Style, canvas: Canvas) -> None:
    """A circle and a neck, which no landmark shows: without them it is hard to see a person."""
    found = _head(person, names, canvas)
    if found is None:
        return
    x, y, radius = found
    ears, shoulders = (_pair(person, names, part) for part in ("ear", "shoulder"))
    canvas.circle(x, y, radius, _ink(ink, *ears))
    x1, y1 = _middle(*shoulders, canvas)
    share = radius / max(hypot(x1 - x, y1 - y), radius, 1)
    chin = x + (x1 - x) * share, y + (y1 - y) * share
    canvas.line(chin, (x1, y1), _ink(ink, *ears, *shoulders))


def _head(person: Person, names: SetName, canvas: Canvas) -> tuple[float, float, float] | None:
    """The middle and the radius of the head in dots; None where it is not to be seen.

    The ears are as far apart as the head is wide, whichever way it is turned: z counts, too.
    """
    ears, shoulders = (_pair(person, names, part) for part in ("ear", "shoulder"))
    if not _present(*ears, *shoulders):
        return None
    (x0, y0), (x1, y1) = (_point(ear, canvas) for ear in ears)
    wide = hypot(x1 - x0, y1 - y0, (ears[1].z - ears[0].z) * canvas.width)
    # z is rough: far from the camera it can make a balloon of a head.
    radius = min(wide * _HEAD, _trunk(person, names, canvas) * _LARGEST_HEAD)
    return (x0 + x1) / 2, (y0 + y1) / 2, radius


def _ink(style: Style, *marks: Landmark) -> Style:
    return style if min(mark.visibility for mark in marks) >= SEEN else _dim(style)


@cache
def _dim(style: Style) -> Style:
    return style + Style(dim=True, bold=False)


def _thickness(person: Person, names: SetName, canvas: Canvas) -> int:
    """Limbs grow with the person: a dot across for each ten of the trunk's length."""
    return min(max(round(_trunk(person, names, canvas) / 10), 1), 4)


def _trunk(person: Person, names: SetName, canvas: Canvas) -> float:
    (x0, y0), (x1, y1) = (
        _middle(*_pair(person, names, part), canvas) for part in ("shoulder", "hip")
    )
    return hypot(x1 - x0, y1 - y0)


def _pair(person: Person, names: SetName, part: str) -> tuple[Landmark, Landmark]:
    left, right = (person.landmarks[SETS[names].index(f"{side}_{part}")] for side in _SIDES)
    return left, right


def _middle(left: Landmark, right: Landmark, canvas: Canvas) -> tuple[float, float]:
    (x0, y0), (x1, y1) = _point(left, canvas), _point(right, canvas)
    return (x0 + x1) / 2, (y0 + y1) / 2


@cache
def _bones(names: SetName) -> tuple[_Bone, ...]:
    """The bones of a landmark set, by indices into the set."""
    if names == "blazepose33":
        return tuple(_bone(a, b, BLAZEPOSE33) for a, b in CONNECTIONS)
    place = {index: number for number, index in enumerate(COCO17_INDICES)}
    pairs = [(place[a], place[b]) for a, b in CONNECTIONS if a in place and b in place]
    return tuple(_bone(a, b, SETS[names]) for a, b in (*_COCO_FACE, *pairs))


def _bone(start: int, end: int, names: tuple[str, ...]) -> _Bone:
    words = [{*names[start].split("_")}, {*names[end].split("_")}]
    sides = [any(side in each for each in words) for side in _SIDES]
    side = _MIDDLE if sides[0] == sides[1] else sides.index(True)
    return _Bone(start, end, side, all(each & {*_LIMBS} for each in words))


def fit(
    size: tuple[int, int], columns: int, rows: int, aspect: float = CELL_ASPECT
) -> tuple[int, int]:
    """The largest columns and rows within those given that have the picture's shape."""
    wide = columns_for(size, rows, aspect)
    if wide <= columns:
        return max(1, round(wide)), rows
    return columns, max(1, min(rows, round(columns * rows / wide)))
