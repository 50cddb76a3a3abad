"""From frame to frame: who is who.

Owns the ids and what is known of each person's motion. An id lives as long as the person stays in
view: a gap of a second is bridged wherever motion and size fit; whoever counts as there keeps the
id for longer, for the place where they were last. Two poses of one body are one person. Runs on
the daemon's loop; raises nothing. Times are the frames' CLOCK_BOOTTIME.
"""

from collections.abc import Collection, Sequence
from typing import Final

from edgepose.messages.pose import Person
from edgepose.scene.matching import (
    LIMIT,
    SAME_LIMIT,
    assign,
    find_again,
    follow,
    is_double,
)
from edgepose.scene.motion import BRIDGED_NS, Figure, Motion
from edgepose.scene.smoothing import Smoothing

SLOWEST_NS: Final = 5_000_000_000
"""Frames may be this far apart, and whoever is in two that follow each other was never away."""
MOST_TRACKS: Final = 32
"""More are not remembered: an engine that sees ghosts must not make every frame cost more."""
IDS: Final = 1 << 32
"""`id` is u32 in the packed format, and 0 means untracked."""


class Track:
    """Somebody, from frame to frame. `frame` counts the frames looked at by the one in which the
    person was seen last."""

    def __init__(self, number: int, figure: Figure, at_ns: int, frame: int) -> None:
        self.id = number
        self.smoothing = Smoothing()
        self.motion = Motion(figure, at_ns)
        self.frame = frame

    def seen(self, figure: Figure, at_ns: int, frame: int) -> None:
        """Take in where the person is, expected there."""
        self.motion.seen(figure, at_ns)
        self.frame = frame

    def seen_again(self, figure: Figure, at_ns: int, frame: int) -> None:
        """Take in where the person is, after a while of which nothing is known."""
        self.motion, self.smoothing = Motion(figure, at_ns), Smoothing()
        self.frame = frame


class Tracker:
    """Gives ids. `first_id`: of the first person, counting on from there."""

    def __init__(self, first_id: int = 1) -> None:
        self._tracks: list[Track] = []
        self._next_id = first_id
        self._frame = 0

    def forget(self) -> None:
        """Whoever comes next is somebody new."""
        self._tracks.clear()

    def part(self, gone: Collection[int]) -> None:
        """Whoever has left is somebody new when seen again, however soon."""
        self._tracks = [track for track in self._tracks if track.id not in gone]

    def observe(
        self,
        people: Sequence[Person],
        picture: tuple[int, int],
        at_ns: int,
        there: Collection[int],
    ) -> list[tuple[Track, Person]]:
        """Whose track each of the people is, one for each body, in the order given.

        `picture`: width and height in pixels. `there`: ids to keep, however long unseen.
        """
        self._frame += 1
        fresh, waiting = [], []
        for track in self._tracks:
            if self._is_fresh(track, at_ns):
                fresh.append(track)
            elif track.id in there:
                waiting.append(track)
        aspect = picture[0] / picture[1]
        figures = [Figure.of(person.landmarks, aspect) for person in people]
        single = _one_each(people, figures, aspect)
        rows = [figures[n] for n in single]
        found = self._follow(rows, fresh, at_ns)
        self._find_again(rows, found, waiting, at_ns)
        self._tracks = fresh + waiting
        tracks = [found.get(n) or self._new(figure, at_ns) for n, figure in enumerate(rows)]
        self._let_go(there)
        return [(track, people[n]) for n, track in zip(single, tracks, strict=True)]

    def _follow(self, rows: list[Figure], fresh: list[Track], at_ns: int) -> dict[int, Track]:
        """Who of those just seen is in which row."""
        expected = [track.motion.expect(at_ns) for track in fresh] if rows else []
        costs = [[follow(each, figure) for each in expected] for figure in rows]
        found = {}
        for row, column in enumerate(assign(costs, LIMIT)):
            if column is not None:
                found[row] = fresh[column]
                fresh[column].seen(rows[row], at_ns, self._frame)
        return found

    def _find_again(
        self, rows: list[Figure], found: dict[int, Track], waiting: list[Track], at_ns: int
    ) -> None:
        """Add to `found` who of those long unseen is in which of the other rows."""
        rest = [row for row in range(len(rows)) if row not in found]
        costs = [[find_again(track.motion.figure, rows[row]) for track in waiting] for row in rest]
        for row, column in zip(rest, assign(costs, SAME_LIMIT), strict=True):
            if column is not None:
                found[row] = waiting[column]
                waiting[column].seen_again(rows[row], at_ns, self._frame)

    def _is_fresh(self, track: Track, at_ns: int) -> bool:
        # The stamps of a camera may go back.
        gap_ns = abs(at_ns - track.motion.at_ns)
        return gap_ns <= BRIDGED_NS or (track.frame == self._frame - 1 and gap_ns <= SLOWEST_NS)

    def _new(self, figure: Figure, at_ns: int) -> Track:
        taken = {track.id for track in self._tracks}
        while self._next_id in taken:
            self._next_id = self._next_id % (IDS - 1) + 1
        track = Track(self._next_id, figure, at_ns, self._frame)
        self._next_id = self._next_id % (IDS - 1) + 1
        self._tracks.append(track)
        return track

    def _let_go(self, there: Collection[int]) -> None:
        if len(self._tracks) > MOST_TRACKS:
            self._tracks.sort(key=lambda track: (track.id in there, track.frame))
            del self._tracks[:-MOST_TRACKS]


def _one_each(people: Sequence[Person], figures: Sequence[Figure], aspect: float) -> list[int]:
    """The indices of the people without the second poses of one body: the surer one stays."""
    sure = [sum(landmark.presence for landmark in person.landmarks) for person in people]
    kept: list[int] = []
    for n in sorted(range(len(people)), key=lambda n: -sure[n]):
        for k in kept:
            size = min(figures[n].size, figures[k].size)
            if is_double(people[n].landmarks, people[k].landmarks, aspect, size):
                break
        else:
            kept.append(n)
    return sorted(kept)
