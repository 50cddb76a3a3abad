"""A person as lines and dots in a picture, with a label and the outline of the mask.

Any thread. Raises ValueError where a picture is none.
"""

from collections.abc import Sequence
from functools import cache
from math import ceil, floor, hypot
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.drawing.colours import EDGE, GROUND, LEFT, RIGHT, Colour, colour_of
from edgepose.drawing.head import Head, find_head
from edgepose.drawing.layer import Box, Layer, Point, places
from edgepose.messages.landmarks import SETS, SKELETONS, SetName
from edgepose.messages.pose import Landmark, Person

Picture = npt.NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

PRESENT: Final = 0.5
"""What is less likely to be inside the picture is not drawn, nor is it in MediaPipe's drawings."""
EDGE_OPACITY: Final = 0.55
"""Of the dark edge around a line, beside the line's own."""
OUTLINE: Final = 0.5
"""A pixel belongs to a person where the mask is at least this."""
_WIDTHS_ACROSS: Final = 240
"""The shorter side of a picture is this many lines wide: two pixels at 640x480, as OpenCV's and
MediaPipe's own drawings."""
_WIDTHS_A_PERSON: Final = 40
"""Nor are the lines of somebody far away wider than this part of what is seen of them."""
_FACE: Final = 11
"""The first landmarks of either set that are close together: smaller dots."""
_FOREHEAD: Final = 0.08
"""How much higher than the highest landmark a head is, in parts of what is seen of the person."""


def plain(size: tuple[int, int], colour: Colour = GROUND) -> Picture:
    """A picture of one colour; `size`: width and height in pixels."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


def draw(
    image: Picture,
    people: Sequence[Person],
    *,
    ids: Sequence[int] | None = None,
    masks: Sequence[npt.NDArray[np.float32]] | npt.NDArray[np.float32] | None = None,
    names: SetName = "blazepose33",
    heads: bool = False,
    copy: bool = True,
) -> Picture:
    """A copy of `image` (RGB uint8, (height, width, 3)) with the people in it; or itself, without
    `copy`.

    Each landmark is as opaque as it is visible, and a connection as the less visible of its two.
    What is probably outside the picture (`presence` below PRESENT) is left out. `ids` are the
    labels, the people's own unless given; 0 is none. A colour belongs to an id, or where there is
    none to a place in `people`. `masks`: one for each person, 0..1, (height, width), drawn as an
    outline. `names`: the set that the landmarks are of. `heads`: with the outline of a head and a
    neck, for plain ground, where no face is seen. Raises ValueError where `image` is no such
    picture, or ids or masks are not as many as people.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"{image.dtype} {image.shape}: no picture, allowed is uint8 (h, w, 3)")
    picture = np.array(image) if copy else image
    labels = [person.id for person in people] if ids is None else [*ids]
    colours = [colour_of(label or place) for place, label in enumerate(labels, 1)]
    for mask, colour in zip(() if masks is None else masks, colours, strict=masks is not None):
        _outline(picture, mask, colour)
    found = [_head(picture, person.landmarks, names) if heads else None for person in people]
    for person, colour, head in zip(people, colours, found, strict=True):
        _skeleton(picture, person.landmarks, colour, names, head)
    for person, colour, label, head in zip(people, colours, labels, found, strict=True):
        if label:
            _label(picture, person.landmarks, str(label), colour, head)
    return picture


def _width(picture: Picture) -> int:
    """Of a line, in pixels."""
    shorter: int = min(picture.shape[:2])
    return max(1, round(shorter / _WIDTHS_ACROSS))


def _points(picture: Picture, marks: Sequence[Landmark]) -> list[Point]:
    height, width = picture.shape[:2]
    return [(mark.x * width - 0.5, mark.y * height - 0.5) for mark in marks]


def _seen(marks: Sequence[Landmark]) -> list[int]:
    return [n for n, mark in enumerate(marks) if mark.presence >= PRESENT]


def _head(picture: Picture, marks: Sequence[Landmark], names: SetName) -> Head | None:
    height, width = picture.shape[:2]
    head = find_head(marks, _points(picture, marks), {*_seen(marks)}, names, width)
    # Of a larger one no more than an arc would be seen, and OpenCV's numbers have an end.
    return None if head is None or head.radius > max(height, width) else head


def _skeleton(
    picture: Picture, marks: Sequence[Landmark], colour: Colour, names: SetName, head: Head | None
) -> None:
    points, seen = _points(picture, marks), _seen(marks)
    if not seen:
        return
    xs, ys = zip(*(points[n] for n in seen), strict=True)
    tall = hypot(max(xs) - min(xs), max(ys) - min(ys))
    width = max(1, min(_width(picture), round(tall / _WIDTHS_A_PERSON)))
    if head is not None:
        (x, y), radius = head.middle, head.radius
        xs, ys = (*xs, x - radius, x + radius), (*ys, y - radius, y + radius)
    height, wide = picture.shape[:2]
    room = 3 * width + 2
    box = Box(
        max(0, floor(min(xs)) - room),
        max(0, floor(min(ys)) - room),
        min(wide, ceil(max(xs)) + room + 1),
        min(height, ceil(max(ys)) + room + 1),
    )
    if box.left >= box.right or box.top >= box.bottom:
        return
    edge, lines = Layer(box), Layer(box)
    dots = {colour: Layer(box) for colour in (LEFT, RIGHT)}
    there, at = {*seen}, places(points, box)
    if head is not None:
        middle, chin, neck = places((head.middle, head.chin, head.neck), box)
        for layer, thick, opacity in (
            (edge, width + 2, head.opacity * EDGE_OPACITY),
            (lines, width, head.opacity),
        ):
            layer.ring(middle, head.radius, thick, opacity)
            layer.line(chin, neck, thick, opacity)
    # What is more opaque goes over what is less.
    for opacity, a, b in sorted(
        (min(marks[a].visibility, marks[b].visibility), a, b)
        for a, b in SKELETONS[names]
        if {a, b} <= there
    ):
        edge.line(at[a], at[b], width + 2, opacity * EDGE_OPACITY)
        lines.line(at[a], at[b], width, opacity)
    for n in sorted(seen, key=lambda n: marks[n].visibility):
        opacity = marks[n].visibility
        radius = width * (0.75 if n < _FACE and names == "blazepose33" else 1.5)
        edge.dot(at[n], radius + 1, opacity * EDGE_OPACITY)
        lines.dot(at[n], radius, opacity)
        dots[_side(names)[n]].dot(at[n], radius * 0.55, opacity)
    edge.lay_over(picture, EDGE)
    lines.lay_over(picture, colour)
    for ink, layer in dots.items():
        layer.lay_over(picture, ink)


@cache
def _side(names: SetName) -> tuple[Colour, ...]:
    """The colour of each landmark's dot."""
    return tuple(LEFT if "left" in name else RIGHT for name in SETS[names])


def _outline(picture: Picture, mask: npt.NDArray[np.float32], colour: Colour) -> None:
    height, width = picture.shape[:2]
    if mask.shape != (height, width):
        resized = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
        mask = cast(npt.NDArray[np.float32], resized)
    inside = (mask >= OUTLINE).view(np.uint8)
    line = max(1, _width(picture) // 2)
    left, top, wide, high = cv2.boundingRect(inside)
    room = line + 3
    box = Box(
        max(0, left - room),
        max(0, top - room),
        min(width, left + wide + room),
        min(height, top + high + room),
    )
    part = inside[box.top : box.bottom, box.left : box.right]
    found, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for ink, opacity, thick in ((EDGE, EDGE_OPACITY, line + 2), (colour, 1.0, line)):
        layer = Layer(box)
        layer.outline(found, thick, opacity)
        layer.lay_over(picture, ink)


def _label(
    picture: Picture, marks: Sequence[Landmark], text: str, colour: Colour, head: Head | None
) -> None:
    """Above the head, or what is highest of the person, and always inside the picture."""
    all_points = _points(picture, marks)
    points = [all_points[n] for n in _seen(marks)]
    if not points:
        return
    x, y = min(points, key=lambda point: point[1])
    # No landmark is at the top of the head, but all are there where somebody is seen from afar.
    above = (max(point[1] for point in points) - y) * _FOREHEAD
    if head is not None:
        x, above = head.middle[0], y - head.middle[1] + head.radius
    line = _width(picture)
    scale = max(0.4, line * 0.35)
    (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    height, width = picture.shape[:2]
    at = (
        round(min(max(x - wide / 2, line), max(line, width - wide - line))),
        round(min(max(y - above - 3 * line, tall + 2 * line), height - 2 * line)),
    )
    for ink, thick in ((EDGE, line + 2), (colour, line)):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, thick, cv2.LINE_AA)
