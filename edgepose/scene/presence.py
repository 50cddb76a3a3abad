"""The words for who counts as there: the rules, the news, and the answer.

Types only. Times are CLOCK_BOOTTIME of frames; ids are the tracker's.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """When somebody counts as there: config keys `presence.*`. Seconds, seconds, 0..1."""

    on_after: float
    off_after: float
    min_confidence: float

    @property
    def on_after_ns(self) -> int:
        """`on_after` in nanoseconds."""
        return round(self.on_after * 1e9)

    @property
    def off_after_ns(self) -> int:
        """`off_after` in nanoseconds."""
        return round(self.off_after * 1e9)


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody counts as there from the frame at `at_ns` on: seen for `visible_s` by then, with
    `confidence` in that frame."""

    id: int
    at_ns: int
    visible_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Went:
    """Somebody no longer counts as there from the frame at `at_ns` on: not seen for `unseen_s` of
    the time looked at. `displaced_by`: who is seen, if there was no room for both."""

    id: int
    at_ns: int
    unseen_s: float
    displaced_by: int | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who counts as there, since the frame at `since_ns`."""

    id: int
    since_ns: int
