"""A fleet as a table that fills the terminal: a row for each device, the worst first.

Pure; used by one thread. Where there are more devices than rows, it says how many and how they are.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from rich.cells import set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from edgepose.terminal.frame import Frame
from edgepose.terminal.inbox import Numbers
from edgepose.terminal.report import printable
from edgepose.terminal.standing import (
    FINE,
    UNKNOWN,
    in_order,
    online,
    people,
    picture,
    severity,
    status,
    there,
    why,
)

_PLAIN: Final = Style()
_FAINT: Final = Style(dim=True)
_STRONG: Final = Style(bold=True)
_GOOD: Final = Style(color="green")
_BAD: Final = Style(color="red", bold=True)
_SO_SO: Final = Style(color="yellow")
_GAP: Final = 2
_NAME: Final = 18
_SHORT_NAME: Final = 6
"""Cells for a device's name where there is room, and where there is none."""
_WHY: Final = 16
"""At least so many for the words at the end, but not before whether somebody is there."""
_FIRST: Final = 2
"""The highest rank that comes before those words."""


class _Cell(NamedTuple):
    text: str
    style: Style = _PLAIN


class _Column(NamedTuple):
    title: str
    width: int
    cell: Callable[[Numbers], _Cell]
    rank: int
    """The highest is left out first where there is no room."""
    words: bool = False

    def place(self, text: str) -> str:
        """Words stand at the left of a column, numbers at its right."""
        return text if self.words else text.rjust(self.width)


class Table:
    """What is shown now: the numbers that were told last, within `frame`.

    `waiting` says what is going on while there is no device.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.waiting = ""
        self._rows: list[tuple[str, Numbers]] = []

    def tell(self, fleet: Mapping[str, Numbers]) -> None:
        """Show these devices from now on."""
        self._rows = in_order(fleet)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or console.height
        lines = [self.frame.top(width), *self._body(width, height - 2), self.frame.bottom()]
        for number, line in enumerate(lines[:height]):
            yield from Segment.adjust_line_length(line, width)
            if number < height - 1:
                yield Segment.line()

    def _body(self, width: int, height: int) -> Iterator[list[Segment]]:
        """Exactly `height` lines: the heads, the rows, and how many more there are."""
        if height < 1:
            return
        name = _name_width(width)
        columns = _fitting(width - name - _GAP)
        yield [_segment(" device", name, _FAINT), *_heads(columns)]
        room = height - 1
        fits = len(self._rows) if len(self._rows) <= room else max(0, room - 1)
        for device, numbers in self._rows[:fits]:
            row = [_segment(f" {printable(device)}", name, _STRONG), *_row(numbers, columns)]
            room_for_why = max(0, width - Segment.get_line_length(row))
            yield [*row, Segment(_cut(why(numbers), room_for_why), _BAD)]
        if room > 0 and fits < len(self._rows):
            yield [Segment(" " + _more([numbers for _, numbers in self._rows[fits:]]), _STRONG)]
            fits += 1
        for number in range(room - fits):
            middle = not self._rows and number == room // 2
            yield [Segment(self.waiting.center(width), _STRONG)] if middle else []


def _more(hidden: list[Numbers]) -> str:
    """How many devices there is no room for, and whether all is well there."""
    bad = sum(severity(numbers) < FINE for numbers in hidden)
    how = f"{bad} of them with a problem" if bad else "none of them with a problem"
    return f"and {len(hidden):,} more, {how}"


def _heads(columns: list[_Column]) -> Iterator[Segment]:
    for column in columns:
        yield _segment(column.place(column.title), column.width, _FAINT)
    yield Segment("why", _FAINT)


def _row(numbers: Numbers, columns: list[_Column]) -> Iterator[Segment]:
    for column in columns:
        cell = column.cell(numbers)
        yield _segment(column.place(cell.text), column.width, cell.style)


def _cut(text: str, width: int) -> str:
    """The text, or as much of it as there is room for, and a sign that there is more."""
    shown = Text(text)
    shown.truncate(width, overflow="ellipsis")
    return shown.plain


def _segment(text: str, width: int, style: Style) -> Segment:
    return Segment(set_cell_size(text, width) + " " * _GAP, style)


def _name_width(width: int) -> int:
    """A long name gives way to the two columns that matter most."""
    most = sum(column.width + _GAP for column in _COLUMNS if column.rank < _FIRST)
    return min(_NAME, max(_SHORT_NAME, width - most - _GAP))


def _fitting(room: int) -> list[_Column]:
    """The columns that there is room for beside the name and the words."""
    columns = list(_COLUMNS)
    while columns:
        last = max(columns, key=lambda column: column.rank)
        words = _WHY if last.rank > _FIRST else 0
        if sum(column.width + _GAP for column in columns) + words <= room:
            break
        columns.remove(last)
    return columns


def _online(numbers: Numbers) -> _Cell:
    said = online(numbers)
    return _Cell(said, {"online": _GOOD, "offline": _BAD}.get(said, _SO_SO))


def _status(numbers: Numbers) -> _Cell:
    said = status(numbers)
    calm = {"ok": _GOOD, "starting": _SO_SO, "paused": _SO_SO, UNKNOWN: _FAINT}
    return _Cell(said, calm.get(said, _BAD))


def _camera(numbers: Numbers) -> _Cell:
    return _decimal(numbers.report.camera_rate if numbers.report is not None else None)


def _drops(numbers: Numbers) -> _Cell:
    return _loss(numbers.report.losses if numbers.report is not None else None)


def _decimal(value: float | None) -> _Cell:
    return _Cell(UNKNOWN, _FAINT) if value is None else _Cell(f"{value:.1f}")


def _whole(value: int | None) -> _Cell:
    return _Cell(UNKNOWN, _FAINT) if value is None else _Cell(f"{value:,}")


def _loss(value: int | None) -> _Cell:
    return _whole(value)._replace(style=_SO_SO if value else _FAINT)


def _ago(seconds: float | None) -> _Cell:
    if seconds is None:
        return _Cell(UNKNOWN, _FAINT)
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return _Cell(f"{seconds / length:.0f} {unit}")
    return _Cell(f"{seconds:.0f} s")


_COLUMNS: Final = (
    _Column("is", 7, _online, 0, words=True),
    _Column("status", 8, _status, 2, words=True),
    _Column("there", 5, lambda numbers: _Cell(there(numbers)), 1, words=True),
    _Column("people", 6, lambda numbers: _whole(people(numbers)), 3),
    _Column("poses/s", 7, lambda numbers: _decimal(numbers.rate), 4),
    _Column("delay ms", 8, lambda numbers: _decimal(numbers.delay_ms), 6),
    _Column("camera/s", 8, _camera, 9),
    _Column("missing", 7, lambda numbers: _loss(numbers.missing), 7),
    _Column("drops", 7, _drops, 8),
    _Column("heard", 6, lambda numbers: _ago(numbers.heard_s), 5),
    _Column("picture", 7, lambda numbers: _Cell(picture(numbers), _SO_SO), 10, words=True),
)
"""Camera and drops are what the device says of itself, all else is what comes here."""
