"""Ways to show what is received: live on a terminal, or lines for everything else.

What the demo and `edgepose watch` have in common. Used by one thread. `show` and `conclude` raise
OSError when nobody reads any more.
"""

import asyncio
import errno
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console

from edgepose.errors import UserError
from edgepose.mqtt.topics import Topics
from edgepose.terminal import live, words
from edgepose.terminal.frame import Frame
from edgepose.terminal.inbox import Inbox, Numbers
from edgepose.terminal.report import printable
from edgepose.terminal.screen import Screen

FRAME_S: Final = 1 / 18
LINE_S: Final = 1.0
_NUMBERS_EVERY: Final = 9
"""Pictures to one change of the numbers: nobody reads faster."""


class Display(ABC):
    """Something that shows, once it is entered; `show` is to be called every `period_s`.

    `live`: whether somebody looks at a screen, and not a program at lines.
    """

    live = False
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
    """The display of one device for this stdout. `hint` is what to type next."""
    console = Console(highlight=False)
    if live.possible(console):
        return _Pictures(console, Portrait(inbox, topics, Frame(title, "next", hint), _starting))
    return _Lines(inbox, title, hint)


def conclude(title: str, lines: Sequence[str]) -> None:
    """The words that stay, after the display has been left."""
    print(f"{title}: {lines[0]}", *lines[1:], sep="\n  ", flush=True)


async def keep_showing(
    display: Display,
    endings: Sequence["asyncio.Future[Any]"],
    deadline: Callable[[], float | None] = lambda: None,
) -> None:
    """Show until one of `endings` is done or CLOCK_MONOTONIC has passed the deadline.

    Returns as well when the terminal is gone. Raises BrokenPipeError when a pipe is, and UserError
    where nothing can be written.
    """
    began = time.monotonic()
    wait_s = 0.0
    while wait_s >= 0 and not any(each.done() for each in endings):
        try:
            display.show(time.monotonic() - began)
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno == errno.EIO:
                # The terminal is gone, and SIGHUP is on its way.
                return
            raise UserError(f"what comes cannot be shown: {error.strerror}") from None
        wait_s, end = display.period_s, deadline()
        if end is not None:
            wait_s = min(wait_s, end - time.monotonic())
        await asyncio.wait(endings, timeout=max(wait_s, 0), return_when=asyncio.FIRST_COMPLETED)


class Portrait:
    """One device on a screen, brought up to date picture by picture.

    `waiting` gives the words for the time before the first pose, and without a connection.
    """

    def __init__(
        self, inbox: Inbox, topics: Topics, frame: Frame, waiting: Callable[[Numbers], str]
    ) -> None:
        self.frame = frame
        self._inbox = inbox
        self._waiting = waiting
        shown = Topics(printable(topics.base), printable(topics.device))
        self._screen = Screen(shown, frame)
        self._shown = 0

    def update(self, seconds: float, *, connected: bool = True) -> Screen:
        """The screen as it is `seconds` after the start."""
        screen = self._screen
        if self._shown % _NUMBERS_EVERY == 0:
            numbers = self._inbox.numbers(connected=connected)
            screen.waiting = self._waiting(numbers)
            screen.aspect = live.cell_aspect()
            screen.tell(numbers)
        self.frame.clock = clock(seconds)
        screen.pose = self._inbox.pose
        self._shown += 1
        return screen


def clock(seconds: float) -> str:
    """The words at the top right."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}  Ctrl-C ends it"


def _starting(numbers: Numbers) -> str:
    if numbers.availability == "online":
        return "camera and engine are being opened"
    return "the daemon starts"


class _Pictures(Display):
    live = True

    def __init__(self, console: Console, portrait: Portrait) -> None:
        self.period_s = FRAME_S
        self._portrait = portrait
        self._terminal = live.LiveTerminal(console)

    def show(self, seconds: float) -> None:
        self._terminal.show(self._portrait.update(seconds))

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
