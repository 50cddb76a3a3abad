"""The bar that long work shows on a terminal: how far, how fast, how long still.

Runs on the thread that looks; rich draws on one of its own. Nothing is shown where stderr is no
terminal.
"""

import sys
from collections.abc import Sequence
from contextlib import closing
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from edgepose.detect.reading.films import Film
from edgepose.detect.reading.inputs import Input, Kind
from edgepose.detect.reading.shots import Begin
from edgepose.errors import UserError

_DRAWN_PER_S: Final = 4


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


class Bar:
    """Counts pictures. To be used in a `with`."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            refresh_per_second=_DRAWN_PER_S,
            # Lines of the table, and of what is refused, stand above the bar.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=True,
            disable=not console.is_terminal,
        )
        self._expected = {} if self._progress.disable else _expected(inputs)
        self._task = self._progress.add_task("", total=sum(self._expected.values()) or None)
        self._file_from = 0
        self._done = 0

    def begin(self, begin: Begin) -> None:
        """The pictures of this file come now."""
        self._file_from = self._done
        if self._progress.disable:
            return
        self._progress.update(self._task, description=begin.input.name[-40:])
        self._expect(begin.input, begin.frames or 1)

    def advance(self) -> None:
        """One picture more."""
        self._done += 1
        self._progress.advance(self._task)

    def end(self, file: Input) -> None:
        """It has no more pictures than those."""
        self._expect(file, self._done - self._file_from)

    def _expect(self, file: Input, frames: int) -> None:
        if not self._progress.disable:
            self._expected[id(file)] = frames
            self._progress.update(self._task, total=sum(self._expected.values()))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()


def _expected(inputs: Sequence[Input]) -> dict[int, int]:
    return {id(each): _frames(each) for each in inputs}


def _frames(file: Input) -> int:
    """What a film says of itself before it is read: the time left is that of all of them."""
    if file.kind is not Kind.FILM:
        return 1
    try:
        with file.open() as stream, closing(Film(stream, file.name)) as film:
            return film.clip.frames or 1
    except UserError:
        return 1
