"""Two ways to show an inbox: live on a terminal, or a line a second for everything else.

Used by one thread. `show` and `conclude` raise OSError when nobody reads any more.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console

from edgepose.mqtt.topics import Topics
from edgepose.terminal import live, words
from edgepose.terminal.inbox import Inbox
from edgepose.terminal.screen import Screen

FRAME_S: Final = 1 / 18
LINE_S: Final = 1.0
_NUMBERS_EVERY: Final = 9
"""Pictures to one change of the numbers: nobody reads faster."""


class Display(ABC):
    """Something that shows, once it is entered; `show` is to be called every `period_s`."""

    period_s: float

    @abstractmethod
    def show(self, seconds: float) -> None:
        """Show what there is, `seconds` after the start."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        return None


def choose(inbox: Inbox, topics: Topics, title: str, hint: str) -> Display:
    """The display for this stdout. `hint` is what to type next."""
    console = Console(highlight=False)
    if live.possible(console):
        return _Pictures(console, inbox, topics, title, hint)
    return _Lines(inbox, title, hint)


def conclude(title: str, lines: Sequence[str]) -> None:
    """The words that stay, after the display has been left."""
    print(f"{title}: {lines[0]}", *lines[1:], sep="\n  ", flush=True)


class _Pictures(Display):
    def __init__(
        self, console: Console, inbox: Inbox, topics: Topics, title: str, hint: str
    ) -> None:
        self.period_s = FRAME_S
        self._inbox = inbox
        self._terminal = live.LiveTerminal(console)
        self._screen = Screen(topics, title, hint)
        self._shown = 0

    def show(self, seconds: float) -> None:
        screen = self._screen
        if self._shown % _NUMBERS_EVERY == 0:
            numbers = self._inbox.numbers()
            online = numbers.availability == "online"
            screen.waiting = "camera and engine are being opened" if online else "the daemon starts"
            screen.aspect = live.cell_aspect()
            screen.tell(numbers)
        minutes, rest = divmod(int(seconds), 60)
        screen.clock = f"{minutes}:{rest:02}  Ctrl-C ends it"
        screen.pose = self._inbox.pose
        self._terminal.show(screen)
        self._shown += 1

    def __enter__(self) -> Self:
        self._terminal.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._terminal.__exit__(kind, value, tb)


class _Lines(Display):
    def __init__(self, inbox: Inbox, title: str, hint: str) -> None:
        self.period_s = LINE_S
        self._inbox = inbox
        self._head: str | None = f"{title}; next: {hint}"

    def show(self, seconds: float) -> None:
        if self._head is not None:
            print(self._head, flush=True)
            self._head = None
        print(words.status_line(seconds, self._inbox.pose, self._inbox.numbers()), flush=True)
