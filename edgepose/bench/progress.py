"""How far it is: a bar on a terminal, else a line for each window. On stderr, so that stdout
holds the result alone.

Owns the bar, which rich draws on a thread of its own; used by one thread.
"""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """`total` windows are measured. Nothing is shown before it is entered."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._total = total
        self._done = 0
        self._bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[place]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            # It makes room for the table.
            transient=True,
        )
        self._task = self._bar.add_task("the pictures", total=total, place="")

    def begin(self, what: str) -> None:
        """A window begins."""
        place = f"{self._done + 1}/{self._total}"
        self._bar.update(self._task, description=what, completed=self._done, place=place)

    def tick(self, fraction: float) -> None:
        """The window that has begun is so far, 0 to 1."""
        self._bar.update(self._task, completed=self._done + fraction)

    def end(self, line: str) -> None:
        """It is over; `line` says what came out."""
        self._done += 1
        self._bar.update(self._task, completed=self._done)
        if not self._console.is_terminal:
            self._console.print(f"{self._done}/{self._total} {line}", soft_wrap=True, markup=False)

    def skip(self, windows: int) -> None:
        """So many windows are not measured."""
        self._total -= windows
        self._bar.update(self._task, total=self._total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._bar.stop()
