"""Poses to draw, and what a canvas or a screen then shows."""

import io

from rich.console import Console, RenderableType
from rich.screen import Screen

from edgepose.messages.landmarks import COCO17_INDICES, SETS, SetName
from edgepose.messages.pose import Landmark, Person, Pose

_PLACES = {
    "nose": (0.50, 0.20), "eye": (0.52, 0.18), "ear": (0.54, 0.19), "mouth": (0.51, 0.22),
    "shoulder": (0.60, 0.30), "elbow": (0.70, 0.30), "wrist": (0.80, 0.30), "hand": (0.83, 0.30),
    "hip": (0.56, 0.60), "knee": (0.56, 0.75), "ankle": (0.56, 0.90), "foot": (0.58, 0.93),
}  # fmt: skip
"""Of somebody who faces the camera with stretched arms: where each part of the own left is."""


def person(
    dx: float = 0.0, *, id_: int = 0, presence: float = 1.0, visibility: float = 1.0
) -> Person:
    """Somebody in the middle, or `dx` beside it; the own left is at the right of the picture."""
    marks = []
    for name in SETS["blazepose33"]:
        part = next((part for part in _PLACES if part in name), None)
        part = part or ("foot" if "heel" in name else "hand")
        x, y = _PLACES[part]
        x = 1 - x if "right" in name else x
        marks.append(Landmark(x + dx, y, 0.0, visibility, presence))
    return Person(landmarks=tuple(marks), id=id_)


def pose(*people: Person, set_: SetName = "blazepose33") -> Pose:
    """A pose message with these people."""
    if set_ == "coco17":
        people = tuple(Person(tuple(p.landmarks[i] for i in COCO17_INDICES)) for p in people)
    return Pose(seq=7, frame=9, unix_us=0, latency_ms=0.0, size=(640, 480), people=people, set=set_)


def lines(what: RenderableType, width: int, height: int) -> list[str]:
    """The lines that fill a screen of this size, without colours."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    options = console.options.update(width=width, height=height)
    rendered = console.render_lines(Screen(what), options, pad=False)
    return ["".join(segment.text for segment in line) for line in rendered]
