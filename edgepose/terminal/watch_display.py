"""What `edgepose watch` shows: one device as the demo does, more of them as a table.

Live on a terminal; else a line a second for one, and for a fleet a line for each change. Used by
one thread. `show` raises OSError when nobody reads any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from rich.console import Console

from edgepose.mqtt.topics import Topics
from edgepose.terminal import live, standing, words
from edgepose.terminal.display import FRAME_S, LINE_S, Display, Portrait, clock
from edgepose.terminal.fleet import Fleet
from edgepose.terminal.frame import Frame
from edgepose.terminal.inbox import Inbox, Numbers
from edgepose.terminal.others import listed, nothing_of
from edgepose.terminal.report import printable
from edgepose.terminal.table import Table

TABLE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """What is watched: `device` under `base`, or all of them, from what `title` names.

    `hint` says what else can be done, `connected` whether anything can come now, `trouble` what is
    wrong now, else "", and `recording` how far the recording is, else "". `heard_of`: the other
    devices, while nothing is heard of `device`.
    """

    fleet: Fleet
    title: str
    base: str
    hint: str
    device: str | None
    connected: Callable[[], bool]
    trouble: Callable[[], str]
    recording: Callable[[], str]
    heard_of: Callable[[], tuple[str, ...] | None]


def choose(view: View) -> Display:
    """The display for this stdout."""
    console = Console(highlight=False)
    return _Pictures(view, console) if live.possible(console) else _Lines(view)


class _Pictures(Display):
    live = True

    def __init__(self, view: View, console: Console) -> None:
        self.period_s = FRAME_S
        self._view = view
        self._terminal = live.LiveTerminal(console)
        self._frame = Frame(view.title)
        self._table = Table(self._frame)
        self._portrait: tuple[Inbox, Portrait] | None = None

    def show(self, seconds: float) -> None:
        view, frame = self._view, self._frame
        frame.trouble, frame.clock = view.trouble(), clock(seconds)
        recording = view.recording()
        frame.label = "recording" if recording else "also"
        frame.words = recording or view.hint
        if (others := view.heard_of()) is not None:
            frame.label, frame.words = "heard of", listed(others)
        devices, connected = view.fleet.devices(), view.connected()
        if len(devices) == 1:
            ((device, inbox),) = devices.items()
            self.period_s = FRAME_S
            portrait = self._of(device, inbox)
            self._terminal.show(portrait.update(seconds, connected=connected))
        else:
            self.period_s = TABLE_S
            self._table.waiting = waiting(view)
            self._table.tell(
                {name: inbox.numbers(connected=connected) for name, inbox in devices.items()}
            )
            self._terminal.show(self._table)

    def _of(self, device: str, inbox: Inbox) -> Portrait:
        if self._portrait is None or self._portrait[0] is not inbox:
            topics = Topics(self._view.base, device)
            self._portrait = inbox, Portrait(inbox, topics, self._frame, self._no_pose)
        return self._portrait[1]

    def _no_pose(self, numbers: Numbers) -> str:
        view = self._view
        if view.device is not None and view.heard_of() is not None:
            return f"nothing heard of {printable(view.device)} yet"
        return _no_pose(numbers)

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
    def __init__(self, view: View) -> None:
        self.period_s = LINE_S
        self._view = view
        self._head: str | None = view.title
        self._before: dict[str, str] = {}
        self._trouble = ""

    def show(self, seconds: float) -> None:
        if self._head is not None:
            print(self._head, flush=True)
            self._head = None
        view, devices = self._view, self._view.fleet.devices()
        trouble, self._trouble = self._trouble, view.trouble()
        if self._trouble and self._trouble != trouble:
            print(f"{seconds:4.0f} s  {self._trouble}", flush=True)
        if len(devices) == 1:
            ((device, inbox),) = devices.items()
            if (others := view.heard_of()) is not None:
                print(f"{seconds:4.0f} s  {nothing_of(device, others)}", flush=True)
                return
            line = words.status_line(seconds, inbox.pose, inbox.numbers())
            print(f"{line}  {printable(device)}" if view.device is None else line, flush=True)
            return
        self._before = {name: self._before.get(name, "") for name in devices}
        for device, inbox in devices.items():
            now = words.device_line(inbox.numbers())
            if now != self._before[device]:
                self._before[device] = now
                print(f"{seconds:4.0f} s  {printable(device)}  {now}", flush=True)


def waiting(view: View) -> str:
    """The words for the time before anything was heard."""
    if view.trouble():
        return "no connection; edgepose keeps trying"
    return f"no device has said anything under {printable(view.base)}/ yet"


def _no_pose(numbers: Numbers) -> str:
    if not numbers.connected:
        ago = "" if numbers.heard_s is None else f"; last heard {numbers.heard_s:.0f} s ago"
        return f"no connection{ago}"
    if numbers.availability is None:
        return "nothing was heard of the device yet"
    if numbers.availability != "online":
        return f"the device is {numbers.availability}"
    if numbers.presence is not None and numbers.presence.paused:
        return "paused"
    why = standing.why(numbers)
    return f"no pose yet{f': {why}' if why else ''}"
