"""What was seen in one picture of one file, and how many pictures had how many people.

Pure; any thread.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from edgepose.detect.reading.inputs import Input
from edgepose.detect.reading.shot import Shot
from edgepose.landmarker import PoseLandmarkerResult


@dataclass(frozen=True, slots=True)
class Seen:
    """`ids`: whose track each of the result's people is, 0 for nobody's. `timestamp_ms`: the film's
    own time of the picture, None in what is no film. `looked_ms`: how long the engine took."""

    input: Input
    shot: Shot
    result: PoseLandmarkerResult
    ids: tuple[int, ...]
    timestamp_ms: float | None
    looked_ms: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        height, width = self.shot.image.shape[:2]
        return width, height


def tell(counts: Mapping[int, int], what: str) -> str:
    """How many pictures had how many people, in words; `what` one of them is called."""
    words: list[str] = []
    for people, pictures in sorted(counts.items(), reverse=True):
        who = {0: "nobody", 1: "1 person"}.get(people, f"{people} people")
        noun = "" if words else f" {what}" if pictures == 1 else f" {what}s"
        words.append(f"{pictures}{noun} with {who}")
    return ", ".join(words)


class Tally:
    """Counts of one file, or of all."""

    def __init__(self) -> None:
        self.people: Counter[int] = Counter()

    @property
    def pictures(self) -> int:
        """How many were looked at."""
        return self.people.total()
