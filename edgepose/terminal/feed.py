"""Where the messages come from: a broker, or a recording. Each hands them over on its own thread.

Raises UserError as it is made, where a file is no good; later, what has ended it is in `failure`.
"""

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from edgepose.terminal.arrival import MOST_DEVICES, Arrival, Kind, Sorter, subscriptions
from edgepose.terminal.others import Others
from edgepose.terminal.replay import Replay
from edgepose.terminal.report import printable
from edgepose.terminal.server import Server
from edgepose.terminal.subscriber import Subscriber

Take = Callable[[Arrival], object]


class Feed(ABC):
    """Messages. `title` names where they come from, `base` is what their topics begin with, and
    `hint` says what else can be done with them."""

    title: str
    base: str
    hint: str

    @abstractmethod
    def handing_to(
        self, take: Take, begin_anew: Callable[[], object]
    ) -> contextlib.AbstractContextManager[Any]:
        """Hand every message to `take` while this is entered. `begin_anew` is called before what
        comes after a time in which nothing could come."""

    @abstractmethod
    def clock(self) -> float:
        """Seconds by which the messages are to be measured."""

    @property
    @abstractmethod
    def failure(self) -> BaseException | None:
        """What has ended it before its time."""

    @property
    def over(self) -> bool:
        """Whether nothing more can come."""
        return False

    @property
    def trouble(self) -> str:
        """What is wrong now, in a line."""
        return ""

    @property
    def connected(self) -> bool:
        """Whether anything can come now."""
        return True

    @property
    def heard_of(self) -> tuple[str, ...] | None:
        """The other devices that there are, while nothing is heard of the one that was named."""
        return None

    @property
    def turned_away(self) -> bool:
        """Whether there was no connection ever, and no way to get one is untried."""
        return False

    @property
    def note(self) -> str:
        """What is to be said after the end."""
        return ""


class Listening(Feed):
    """What a broker sends of `kinds`, of `device` alone where it is named."""

    def __init__(self, server: Server, device: str | None, kinds: Collection[Kind]) -> None:
        self.base = server.base
        self.hint = "--json for programs, --record FILE to keep it"
        self._server = server
        self._sorter = Sorter(server.base, device)
        self._take: Take = lambda _arrival: None
        self._begin_anew: Callable[[], object] = lambda: None
        self._kinds = frozenset(kinds)
        self._others = None if device is None else Others(server.base, device)
        settings = server.settings()
        self.title = printable(f"broker {settings.broker}")
        topics = subscriptions(server.base, device, kinds)
        instead: dict[str, tuple[str, int]] = {}
        if device is not None:
            # In the place of the device's own: overlapping ones would bring the same twice.
            ((own, qos),) = subscriptions(server.base, device, ["availability"])
            ((all_, _),) = subscriptions(server.base, None, ["availability"])
            topics = [each for each in topics if each[0] != own] + [(all_, qos)]
            instead[all_] = own, qos
        self._subscriber = Subscriber(
            settings, topics, self._sort, begin=self._begin, instead=instead
        )

    def _begin(self) -> None:
        self._begin_anew()

    def _sort(self, topic: str, payload: bytes, at_us: int, retained: bool) -> None:
        if self._others is not None:
            self._others.look(topic, payload)
        arrival = self._sorter.sort(topic, payload, at_us, retained)
        if arrival is not None and arrival.kind in self._kinds:
            self._take(arrival)

    def handing_to(
        self, take: Take, begin_anew: Callable[[], object]
    ) -> contextlib.AbstractContextManager[Any]:
        """Hand every message to `take` while this is entered."""
        self._take, self._begin_anew = take, begin_anew
        return self._subscriber

    def clock(self) -> float:
        """CLOCK_MONOTONIC."""
        return time.monotonic()

    @property
    def failure(self) -> BaseException | None:
        """What has ended it before its time."""
        return self._subscriber.failure

    @property
    def trouble(self) -> str:
        """What is wrong with the connection, or with what is published."""
        if self._subscriber.trouble is not None:
            return self._server.words(self._subscriber.trouble)
        if self._sorter.crowded:
            return f"more than {MOST_DEVICES} devices: the others are left out; name one to see it"
        return ""

    @property
    def connected(self) -> bool:
        """Whether there is a connection to the broker now."""
        return self._subscriber.connected

    @property
    def heard_of(self) -> tuple[str, ...] | None:
        """The other devices that there are, while nothing is heard of the one that was named."""
        if self._others is None or not self._subscriber.let_in:
            return None
        return self._others.names

    @property
    def turned_away(self) -> bool:
        """Whether there was no connection ever, and no way to get one is untried."""
        return self._subscriber.turned_away


class Replaying(Feed):
    """What is in a recording, of `device` alone where it is named."""

    def __init__(self, path: Path, device: str | None, speed: float) -> None:
        self.title = printable(f"replay of {path}")
        self.hint = "--json for programs, --speed N for another speed"
        self._take: Take = lambda _arrival: None
        self._replay = Replay(path, speed, self._hand_on, device)
        self.base = self._replay.base

    def _hand_on(self, arrival: Arrival) -> None:
        self._take(arrival)

    def handing_to(
        self,
        take: Take,
        begin_anew: Callable[[], object],  # noqa: ARG002 - it has no outage
    ) -> contextlib.AbstractContextManager[Any]:
        """Hand every message to `take` while this is entered."""
        self._take = take
        return self._replay

    def clock(self) -> float:
        """Seconds of the recording."""
        return self._replay.clock()

    @property
    def failure(self) -> BaseException | None:
        """What has ended it before its time."""
        return self._replay.failure

    @property
    def over(self) -> bool:
        """Whether all was played."""
        return self._replay.over

    @property
    def note(self) -> str:
        """That the recording is cut, if it is."""
        return self._replay.note
