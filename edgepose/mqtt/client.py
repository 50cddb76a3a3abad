"""The connection that is always wanted: connects, notices the end, connects again.

Owns the state machine, the backoff, the retained messages and what is dropped meanwhile. Runs
on the daemon's loop. Never raises for a broker's sake: a broker that is away is normal.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, Literal

from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import Failure, Message, ProtocolVersion, SessionError, Settings
from edgepose.mqtt.topics import Topics

TICK_S: Final = 1.0
_DELAYS_S: Final = (0.5, 1.0, 2.0, 3.0)
"""Before the next attempt while nobody answers; the last one for ever: it is cheap and a broker
that comes back is found at once."""
_REFUSED_DELAYS_S: Final = (5.0, 10.0, 20.0, 30.0)
"""A broker that refuses us will do so until somebody changes something."""
_SETTLED_S: Final = 30.0
"""A connection that lasted this long makes the delays forget."""
LEAVE_S: Final = 1.0
"""For a broker that we leave to acknowledge the last messages."""

log = logging.getLogger(__name__)


class State(Enum):
    """What the client is doing."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    CLOSED = "closed"


StreamFate = Literal["published", "offline", "backpressure"]


class Client:
    """One device's connection. `state` and `trouble` tell how it is.

    `changed` is called when they have changed. `online` on the availability topic follows every
    connect; `offline` is the will, and our own last word. `commands` are called with the payload
    of what comes on the command topic of their name.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        changed: Callable[[], None] = lambda: None,
        commands: Mapping[str, Callable[[bytes], None]] | None = None,
    ) -> None:
        self.let_in = False
        """Whether a broker has let us in; who moves then has asked the next one."""
        self.left_behind: tuple[str, str] | None = None
        """Where something of us is retained: a broker, and what all topics there begin with."""
        self._changed = changed
        self._commands = commands or {}
        self._session: Session | None = None
        self._life: asyncio.Task[None] | None = None
        self._next: _Move | None = None
        self._be(settings, topics)

    def _be(self, settings: Settings, topics: Topics) -> None:
        self.settings = settings
        self.topics = topics
        self.state = State.WAITING
        self.trouble: str | None = None
        self._leaving = False
        self._will_behind: str | None = None
        self._ever_connected = False
        self._online = Message(topics.availability, b"online", qos=1, retain=True)
        self._offline = Message(topics.availability, b"offline", qos=1, retain=True)
        self._retained: dict[str, Message] = {}
        # "auto" tries 5 first and goes back to it, unless the broker said that it has no 5.
        self._version: ProtocolVersion = "3.1.1" if settings.version == "3.1.1" else "5"
        self._broker_has_5: bool | None = None

    async def run(self) -> None:
        """Connect and stay connected, until cancelled or closed."""
        while self.state is not State.CLOSED:
            self._life = asyncio.create_task(self._live())
            try:
                await asyncio.wait([self._life])
            except asyncio.CancelledError:
                if self._next is not None:
                    self._next.done.cancel()
                raise
            finally:
                self._life.cancel()
                await asyncio.wait([self._life])
            if self._next is None:
                # Cancelled by nobody but `move`: it has ended by itself.
                self._life.result()
                return
            try:
                await self._leave(self._next)
            except asyncio.CancelledError:
                # `close` still says goodbye under the old name.
                self._next.done.cancel()
                raise
            self._session = None
            self._be(self._next.settings, self._next.topics)
            done, self._next = self._next.done, None
            done.set_result(None)
            self._changed()

    def hold(self, held: bool) -> None:
        """Stream nothing until `move` has gone elsewhere: what follows is not for the old name."""
        self._leaving = held

    async def move(self, settings: Settings, topics: Topics) -> None:
        """Go over to another broker, or to another name, while `run` runs.

        What is retained under the old name is cleared first, where the old broker can be reached.
        What is to be retained under the new one is the caller's to give again.
        """
        while self._next is not None:
            await asyncio.shield(self._next.done)
        self._next = _Move(settings, topics)
        assert self._life is not None, "run() has begun"
        self._life.cancel()
        await asyncio.shield(self._next.done)

    async def _leave(self, move: "_Move") -> None:
        session, self._leaving = self._session, True
        stays = (move.settings.broker, move.topics.root) == (
            self.settings.broker,
            self.topics.root,
        )
        left = False
        if session is not None and not session.lost.done():
            topics = () if stays else self.topics.retained
            # An empty retained message is how MQTT takes one back.
            taken = [session.publish(Message(each, b"", qos=1, retain=True)) for each in topics]
            left = await session.settle(LEAVE_S) and all(taken)
            await session.close(LEAVE_S)
        if left:
            self.left_behind = None

    async def _live(self) -> None:
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._one_session()
            except SessionError as error:
                if self.state is State.CLOSED:
                    return
                lasted = asyncio.get_running_loop().time() - began
                failures = 0 if lasted > _SETTLED_S else failures
                self._say(error)
                delay = self._after(error.failure, failures)
                failures += 1
            self.state = State.WAITING
            await asyncio.sleep(delay)

    def _after(self, failure: Failure, failures: int) -> float:
        """Seconds to wait; chooses the protocol version of the next attempt."""
        before = self._version
        if self.settings.version == "auto":
            self._choose_version(failure)
        if (before, self._version) == ("5", "3.1.1"):
            return 0.0
        delays = _REFUSED_DELAYS_S if failure is Failure.REFUSED else _DELAYS_S
        # Jitter: a house full of devices must not come back in one moment.
        return delays[min(failures, len(delays) - 1)] * random.uniform(0.75, 1.25)

    def _choose_version(self, failure: Failure) -> None:
        if failure is Failure.UNSUPPORTED_VERSION:
            self._version, self._broker_has_5 = "3.1.1", False
        elif failure is Failure.CLOSED_EARLY or (
            failure is Failure.UNANSWERED and not self._broker_has_5
        ):
            # Some brokers answer an unknown version by hanging up, some by silence. A broker
            # that is known to have 5 is silent because it has stopped.
            self._version = "3.1.1" if self._version == "5" else "5"
        elif failure is Failure.LOST and self._broker_has_5 is not False:
            self._version = "5"

    def _say(self, error: SessionError) -> None:
        reason = f"{self.settings.broker}: {error}"
        # Once for each new trouble, however often it is tried.
        if reason != self.trouble:
            log.warning("MQTT broker %s; edgepose keeps trying", reason)
        self.trouble = reason
        self._changed()

    async def _one_session(self) -> None:
        self.state = State.CONNECTING
        session = Session(
            self.settings,
            self._version,
            self._offline,
            self.topics.probe,
            self._receive,
            clean_start=not self._ever_connected,
        )
        await session.open()
        self._session, self._ever_connected, self.let_in = session, True, True
        self._clear_behind(session)
        if session.version == "5":
            self._broker_has_5 = True
        self.state, self.trouble = State.CONNECTED, None
        self._changed()
        log.info("MQTT %s connected to %s", session.version, self.settings.broker)
        try:
            session.subscribe([self.topics.command(name) for name in self._commands])
            session.publish(self._online)
            for message in self._retained.values():
                session.publish(message)
            while True:
                done, _ = await asyncio.wait([session.lost], timeout=TICK_S)
                if done:
                    session.lost.result()
                session.tick()
        except SessionError:
            # Not when cancelled: `close` still needs the session to say goodbye.
            self._session = None
            raise

    def _clear_behind(self, session: Session) -> None:
        """Clear what we left at this broker under another name, once it is reached again."""
        now = (self.settings.broker, self.topics.root)
        behind, self.left_behind = self.left_behind, now
        if behind is None or behind == now:
            return
        broker, root = behind
        if broker != self.settings.broker:
            log.warning("MQTT: what is retained under %s at %s could not be cleared", root, broker)
            return
        base, _, device = root.rpartition("/")
        old = Topics(base, device)
        for topic in old.retained:
            session.publish(Message(topic, b"", qos=1, retain=True))
        # The connection that died there leaves its will, later.
        self._will_behind = old.availability
        session.subscribe([old.availability])

    def _receive(self, topic: str, payload: bytes, retained: bool) -> None:
        if topic == self._will_behind and payload == self._offline.payload:
            # Only this once: the name may be another device's by and by.
            self._will_behind = None
            if self._session is not None:
                self._session.publish(Message(topic, b"", qos=1, retain=True))
        for name, command in self._commands.items():
            if topic == self.topics.command(name):
                if retained:
                    # It would be done again at every connect.
                    log.warning("MQTT: %s is retained, which a command must not be", topic)
                else:
                    command(payload)

    def retain(self, message: Message) -> None:
        """Publish a retained message of QoS 1, now and after every connect, until it is replaced
        by a newer one of the same topic."""
        self._retained[message.topic] = message
        if self._session is not None and not self._leaving and not self._session.lost.done():
            self._session.publish(message)

    def stream_fate(self) -> StreamFate:
        """What would become of a pose that is streamed now; saves encoding what is dropped."""
        if self._session is None or self._leaving or self._session.lost.done():
            return "offline"
        return "backpressure" if self._session.window.holds else "published"

    def stream(self, messages: Iterable[Message]) -> StreamFate:
        """Send the messages of one pose, if its fate is to be published."""
        fate = self.stream_fate()
        if self._session is None or fate != "published":
            return fate
        return "published" if self._session.stream(messages) else "offline"

    async def close(self, limit_s: float) -> bool:
        """Say `offline`, wait for the acknowledgements and disconnect, for good. True when the
        broker has acknowledged everything."""
        session, self._session = self._session, None
        self.state = State.CLOSED
        if session is None or session.lost.done():
            return False
        session.publish(self._offline)
        settled = await session.settle(limit_s)
        await session.close(limit_s / 2)
        return settled


class _Move:
    """Where to go; `done` when the old place has been left."""

    def __init__(self, settings: Settings, topics: Topics) -> None:
        self.settings = settings
        self.topics = topics
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
