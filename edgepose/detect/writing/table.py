"""The table for people: a line for each picture, and one for each film.

Raises BrokenPipeError where nobody reads any more.
"""

import shutil
import sys
from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len, set_cell_size

from edgepose.detect import say
from edgepose.detect.reading.inputs import Input, Kind
from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.say import printable
from edgepose.detect.seen import Seen, Tally, tell

_HEAD: Final = ("file", "size", "people", "confidence", "landmarks seen")
_REST: Final = 52
"""Columns of a terminal for what stands behind the name; of a longer name the end is shown."""
VISIBLE: Final = 0.5
"""A landmark counts as seen from this visibility on."""


class Table:
    """An Output. `inputs`: all files, whose names decide how wide the first column is."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        room = shutil.get_terminal_size().columns - _REST
        widest = max(map(_width, inputs), default=0)
        # In a file or a pipe a name is whole.
        self._most = max(12, room) if sys.stdout.isatty() else sys.maxsize
        self._width = max(len(_HEAD[0]), min(widest, self._most))
        self._begin: Begin | None = None
        self._tally = Tally()
        self._size = ""
        self._headed = False

    def begin(self, begin: Begin) -> None:
        """See `Output`."""
        self._begin, self._tally, self._size = begin, Tally(), ""

    def take(self, seen: Seen) -> None:
        """See `Output`."""
        self._tally.people[len(seen.ids)] += 1
        self._size = self._size or "{}x{}".format(*seen.size)
        if self._begin is None or self._begin.clip is not None:
            return
        people = seen.result.people
        several = (self._begin.frames or 0) > 1
        self._row(
            f"{seen.input.name} {seen.shot.frame}" if several else seen.input.name,
            "{}x{}".format(*seen.size),
            str(len(people)),
            "  ".join(f"{person.confidence:.2f}" for person in people),
            "  ".join(
                str(sum(mark.visibility >= VISIBLE for mark in person.landmarks))
                for person in people
            ),
        )

    def end(self, _end: End) -> None:
        """See `Output`."""
        begin, self._begin = self._begin, None
        if begin is not None and begin.clip is not None and self._tally.pictures:
            self._row(begin.input.name, self._size, tell(self._tally.people, "frame"))

    def close(self) -> None:
        """See `Output`."""

    def _row(self, *cells: str) -> None:
        if not self._headed:
            self._headed = True
            self._row(*_HEAD)
        name, size, people, *rest = cells
        if rest:
            people, rest = f"{people:<6}", [f"{rest[0]:<12}", rest[1]]
        line = "  ".join((self._name(name), f"{size:<10}", people, *rest))
        say.tell(line.rstrip())

    def _name(self, name: str) -> str:
        name = printable(name)
        while cell_len(name) > self._most:
            name = "\N{HORIZONTAL ELLIPSIS}" + name.lstrip("\N{HORIZONTAL ELLIPSIS}")[1:]
        return set_cell_size(name, max(self._width, cell_len(name)))


def _width(file: Input) -> int:
    """Columns of its name; the pictures of an array have numbers, mostly of up to three digits."""
    return cell_len(printable(file.name)) + (4 if file.kind is Kind.ARRAY else 0)
