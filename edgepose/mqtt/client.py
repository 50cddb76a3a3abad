"""The connection that is always wanted: connects, notices the end, connects again.

Owns the state machine, the retained messages, what must arrive, and what is dropped meanwhile.
Runs on the daemon's loop. Never raises for a broker's sake: a broker that is away is normal.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Final, Literal

from edgepose.mqtt import delivery
from edgepose.mqtt.backoff import Backoff
from edgepose.mqtt.behind import Behind, place
from edgepose.mqtt.name import Name
from edgepose.mqtt.outage import Outage
from edgepose.mqtt.outbox import MOST, Outbox
from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import Message, Received, SessionError, Settings
from edgepose.mqtt.topics import Topics

TICK_S: Final = 1.0
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
Topic = Callable[[Topics], str]
"""Which of our topics; their names change when the device moves."""


class Client:
    """One device's connection. `state` and `trouble` tell how it is.

    `changed` is called when they have changed, `came` at each connect when what is retained has
    been heard. `online` on the availability topic follows every connect; `offline` is the will,
    and our own last word. `behind` is where something of us is retained, `outbox` and `answers`
    are what must arrive.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        changed: Callable[[], None] = lambda: None,
        came: Callable[[], None] = lambda: None,
    ) -> None:
        self.let_in = False
        """Whether a broker has let us in; who moves then has asked the next one."""
        self.outbox = Outbox()
        self.answers = Outbox()
        self.behind = Behind(settings.installation)
        self.moves = 0
        """How often it has moved: what was retained before is the caller's to give again."""
        self.overheard: Callable[[Message], None] = lambda _: None
        """Called with each message that is to be retained or must arrive, broker or none."""
        self._changed = changed
        self._came = came
        self._listeners: list[tuple[Topic, Callable[[Received], None], bool]] = []
        self._early: list[Received] = []
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
        self._ever_connected = False
        self._name = Name(topics, settings.installation)
        self._online = delivery.AVAILABILITY.message(topics.availability, delivery.ONLINE)
        self._offline = delivery.AVAILABILITY.message(topics.availability, delivery.OFFLINE)
        self._retained: dict[str, Message] = {}
        self._backoff = Backoff(settings.version)
        self._outage = Outage()
        self._denied: set[str] = set()

    @property
    def rival(self) -> str | None:
        """Who else uses our name, in words; None where nobody does."""
        return self._name.rival

    def listen(
        self, topic: Topic, heard: Callable[[Received], None], *, as_published: bool = False
    ) -> None:
        """Subscribe to a topic, at each connect from the next one on. `as_published`: see
        `Session.subscribe`."""
        self._listeners.append((topic, heard, as_published))

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
            self.moves += 1
            self._be(self._next.settings, self._next.topics)
            done, self._next = self._next.done, None
            done.set_result(None)
            self._changed()

    def hold(self, held: bool) -> None:
        """Say nothing until `move` has gone elsewhere: what follows is not for the old name."""
        self._leaving = held
        if self._speaks:
            self.outbox.flush(self.publish)
            self.answers.flush(self.publish)

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
        stays = move.settings.broker == self.settings.broker
        kept = move.topics.retained if stays else ()
        if self._name.rival is not None:
            # It is the other one's now.
            kept = self.topics.retained
        left = False
        if session is not None and not session.lost.done():
            # An empty retained message is how MQTT takes one back.
            taken = [
                session.publish(Message(each, b"", qos=1, retain=True)) is not None
                for each in self.topics.retained
                if each not in kept
            ]
            left = await session.receipts.settle(LEAVE_S) and all(taken)
            await session.close(LEAVE_S)
        if left:
            self.behind.left()

    async def _live(self) -> None:
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._one_session()
            except SessionError as error:
                if self.state is State.CLOSED:
                    return
                lasted = asyncio.get_running_loop().time() - began
                self.state = State.WAITING
                self._say(error)
                delay = self._backoff.after(error.failure, lasted)
            await asyncio.sleep(delay)

    def _say(self, error: SessionError) -> None:
        reason = f"{self.settings.broker}: {error}"
        self._outage.trouble(f"broker {reason}")
        self.trouble = reason
        self._changed()

    async def _one_session(self) -> None:
        self.state = State.CONNECTING
        # The ids of another connection begin anew, and are acknowledged from its first moment on.
        self.outbox.begin()
        self.answers.begin()
        self._early.clear()
        session = Session(
            self.settings,
            self._backoff.version,
            self._offline,
            self.topics.probe,
            receive=self._receive,
            acknowledged=self._acknowledged,
            clean_start=not self._ever_connected,
            denied=self._denied,
        )
        await session.open()
        self._ever_connected = self.let_in = True
        self._backoff.connected()
        try:
            await self._introduce(session)
            while True:
                done, _ = await asyncio.wait([session.lost], timeout=TICK_S)
                if done:
                    session.lost.result()
                session.tick()
                self._outage.held(f"{session.version} connected to {self.settings.broker}")
        except SessionError:
            # Not when cancelled: `close` still needs the session to say goodbye.
            self._session = None
            raise

    async def _introduce(self, session: Session) -> None:
        """Hear what is there, and then say who and how we are."""
        # A broker that ends the connection at once says why; that is to be read before anything is
        # written, which would fail.
        await asyncio.sleep(0)
        self._name.begin()
        session.subscribe(self._name.topics)
        try:
            await session.answered()
            if session.lost.done():
                session.lost.result()
            ours = self._retained.get(self.topics.health)
            await self._name.claim(session, None if ours is None else ours.payload)
            # Not before: what is said to another one who has the name is not for us.
            for topic, _, as_published in self._listeners:
                session.subscribe([topic(self.topics)], as_published=as_published)
            if self._listeners:
                await session.answered()
            if session.lost.done():
                session.lost.result()
        except (SessionError, asyncio.CancelledError):
            # Without the will: `online` may be another one's. What our last run left is not.
            if self._name.free and not session.lost.done():
                session.publish(self._offline)
            await session.close(LEAVE_S, for_good=True)
            raise
        self._session = session
        old = self.behind.reached(place(self.settings.broker, self.topics))
        if old:
            session.subscribe(old)
        self.state, self.trouble = State.CONNECTED, None
        self._changed()
        self._outage.connected(f"{session.version} connected to {self.settings.broker}")
        self.announce()
        early, self._early = [*self._early], []
        for received in early:
            self._hand_on(received)
        self._came()

    def announce(self) -> None:
        """Say again all that is to be known of the device, and what still waits to be said."""
        if self._speaks:
            # What an earlier run has left retained is not to be taken for now's.
            for message in self._retained.values():
                self.publish(message)
            self.publish(self._online)
            self.outbox.flush(self.publish)
            self.answers.flush(self.publish)

    def _receive(self, received: Received) -> None:
        rival = self._name.rival
        if self._name.heard(received) and self._speaks:
            if received.payload:
                self.publish(self._online)
            else:
                # By another device that had our name, or by hand; the rest of it is gone, too.
                self.announce()
                self._came()
        if self._name.rival != rival:
            self._changed()
        self.behind.heard(received, self.publish)
        if self._session is not None:
            self._hand_on(received)
        elif len(self._early) < MOST:
            # It waited for us at the broker; whether it is for us is not known yet.
            self._early.append(received)

    def _hand_on(self, received: Received) -> None:
        for topic, heard, _ in self._listeners:
            if _matches(topic(self.topics), received.topic):
                heard(received)

    def _acknowledged(self, mid: int) -> None:
        self.outbox.acknowledged(mid)
        self.answers.acknowledged(mid)

    @property
    def _speaks(self) -> bool:
        return self._session is not None and not self._leaving and not self._session.lost.done()

    def publish(self, message: Message) -> int | None:
        """Publish now, with QoS 1, or not at all: None where there is no connection. Its id."""
        if self._session is None or not self._speaks:
            return None
        return self._session.publish(message)

    def retain(self, message: Message) -> None:
        """Publish a retained message of QoS 1, now and after every connect, until it is replaced
        by a newer one of the same topic."""
        self._retained[message.topic] = message
        self.publish(message)
        self.overheard(message)

    def post(self, make: Callable[[], Message]) -> None:
        """Send a message of QoS 1 that must arrive, now or when the broker is back."""
        self._send(self.outbox, make)
        self.overheard(make())

    def reply(self, message: Message) -> None:
        """Answer somebody, now or when the broker is back."""
        self._send(self.answers, lambda: message)

    def _send(self, box: Outbox, make: Callable[[], Message]) -> None:
        box.put(make)
        if self._speaks:
            box.flush(self.publish)

    def stream_fate(self) -> StreamFate:
        """What would become of a pose that is streamed now; saves encoding what is dropped."""
        if self._session is None or not self._speaks:
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
        settled = await session.receipts.settle(limit_s)
        await session.close(limit_s / 2)
        return settled


def _matches(subscribed: str, topic: str) -> bool:
    """Whether a topic is the one that was subscribed to, or below it where that ends with `+`."""
    if not subscribed.endswith("/+"):
        return topic == subscribed
    above, _, level = topic.rpartition("/")
    return above == subscribed[:-2] and bool(level)


class _Move:
    """Where to go; `done` when the old place has been left."""

    def __init__(self, settings: Settings, topics: Topics) -> None:
        self.settings = settings
        self.topics = topics
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
