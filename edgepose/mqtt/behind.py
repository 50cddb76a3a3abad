"""What of us is retained under another name, and taking it back.

A device that got another name while its broker was away, or lost its power in the middle of the
change, finds it again at the next connect. Owns where that is. Runs on the loop.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from edgepose.mqtt.delivery import OFFLINE
from edgepose.mqtt.name import installation_of
from edgepose.mqtt.settings import Message, Received
from edgepose.mqtt.topics import Topics

WILL_S: Final = 60.0
"""For the will of a connection that died: later it is another device's that has taken the name."""

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A broker, and the topics of a device there."""

    broker: str
    base: str
    device: str
    prefix: str

    @property
    def topics(self) -> Topics:
        """The device's topics."""
        return Topics(self.base, self.device, self.prefix)


def place(broker: str, topics: Topics) -> Place:
    """The place that these topics are at."""
    return Place(broker, topics.base, topics.device, topics.prefix)


class Behind:
    """`place` is where something of us is retained, None where nothing is.

    What stands there is taken back only if it is ours: the name may be another device's by now.
    """

    def __init__(self, installation: str) -> None:
        self.place: Place | None = None
        self._installation = installation
        self._old: Topics | None = None
        self._keep: frozenset[str] = frozenset()
        # The topic that it will come on, and until when, by the loop's clock.
        self._will: tuple[str, float] | None = None

    def reached(self, here: Place) -> tuple[str, ...]:
        """We are connected. The topics to subscribe to, so that `heard` learns what is left."""
        was, self.place = self.place, here
        self._old = self._will = None
        if was is None or was == here:
            return ()
        if was.broker != here.broker:
            log.warning(
                "MQTT: what is retained under %s at %s could not be cleared",
                was.topics.root,
                was.broker,
            )
            return ()
        self._old, self._keep = was.topics, frozenset(here.topics.retained)
        if was.topics.root == here.topics.root:
            # Only Home Assistant's prefix is another one.
            return (was.topics.discovery,)
        return (was.topics.availability, was.topics.health)

    def heard(self, received: Received, publish: Callable[[Message], object]) -> None:
        """Take what came on one of these topics."""
        old = self._old
        if self._is_the_will(received):
            # The connection that died there leaves its will, later. Only this once.
            self._will = None
            publish(Message(received.topic, b"", qos=1, retain=True))
        if old is None or not received.retained or not received.payload:
            return
        ours = received.topic == old.discovery or (
            received.topic == old.health
            and installation_of(received.payload) in (None, self._installation)
        )
        if ours:
            self._old = None
            for topic in old.retained:
                if topic not in self._keep:
                    publish(Message(topic, b"", qos=1, retain=True))
            if old.availability not in self._keep:
                self._will = (old.availability, asyncio.get_running_loop().time() + WILL_S)

    def _is_the_will(self, received: Received) -> bool:
        if self._will is None or received.payload != OFFLINE:
            return False
        topic, until = self._will
        return received.topic == topic and asyncio.get_running_loop().time() < until

    def left(self) -> None:
        """All that was retained has been taken back."""
        self.place = None
