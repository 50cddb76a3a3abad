"""Who else uses our name. Two devices with one id would speak over each other.

Owns what was heard on our own topics from others. The same installation always takes over: a Pi
back from a power cut finds its own `online`. Two runs of one installation cannot meet, because a
broker ends the older of two connections with one client id, and not every broker says so: each
finds what the other has said meanwhile. Runs on the loop.
"""

import asyncio
import contextlib
import json
import logging
from typing import Any, Final

from edgepose.mqtt.delivery import COMMAND, OFFLINE, ONLINE
from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import Failure, ProtocolVersion, Received, SessionError
from edgepose.mqtt.topics import Topics

ANSWER_S: Final = 3.0
"""For the other one to answer a command; whoever lives does it at once."""
_ASK: Final = "announce"
"""The command that makes a device say all that it has to say, and changes nothing."""

log = logging.getLogger(__name__)


class Name:
    """One device's name, as one machine's; `installation` tells it from others.

    `rival` says who else uses it while we do, None while nobody does.
    """

    def __init__(self, topics: Topics, installation: str) -> None:
        self.rival: str | None = None
        self._topics = topics
        self._installation = installation
        self._availability = b""
        self._other: str | None = None
        self._lives = asyncio.Event()
        self._claimed = False
        # The retained health, where it is of our installation, and the newest that has been seen.
        self._same: bytes | None = None
        self._seen: bytes | None = None
        self._ever_claimed = False
        self._former: str | None = None
        self._twice = False

    @property
    def topics(self) -> tuple[str, ...]:
        """What has to be subscribed to before `claim`."""
        return (self._topics.availability, self._topics.health, self._topics.result(_ASK))

    @property
    def free(self) -> bool:
        """Whether nothing that was heard is from another one who lives, or may live."""
        return self._other is None and not self._twice

    def begin(self) -> None:
        """A new connection: nothing was heard on it yet."""
        self._claimed, self._availability = False, b""
        self.rival = self._other = self._same = None

    async def claim(self, session: Session, health: bytes | None) -> None:
        """See whether the name is free, by what the broker keeps and by asking who lives there.

        `health` is what we say of us. Raises SessionError where the name is another's. Call it
        when what is retained has been heard.
        """
        self._look_for_twin(health, session.version)
        if self._availability == ONLINE and self._other is not None:
            self._lives.clear()
            asked = json.dumps({"id": self._installation}).encode()
            session.publish(COMMAND.message(self._topics.command(_ASK), asked))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_S):
                    await self._lives.wait()
                raise SessionError(
                    Failure.TAKEN,
                    f"{self._topics.root} is in use by another edgepose ({self._other}): give one"
                    " of them another device.id",
                )
            log.info("MQTT: %s was another installation's, which is gone", self._topics.root)
        self._claimed = True

    def _look_for_twin(self, health: bytes | None, version: ProtocolVersion) -> None:
        """Raises SessionError where another run of our own installation has spoken meanwhile."""
        runs = [None if said is None else _text(said, "run") for said in (health, self._same)]
        if not self._ever_claimed:
            # A broker that lost its power may come back with what this one has said.
            self._former = runs[1]
        new = self._ever_claimed and self._same != self._seen and runs[1] != self._former
        self._seen, self._ever_claimed = self._same, True
        # In 3.1.1 a broker that ends the older connection sends its will.
        gone = self._availability == OFFLINE and version == "5"
        self._twice = new and not gone and None not in runs and runs[0] != runs[1]
        if self._twice:
            raise SessionError(
                Failure.TAKEN,
                f"{self._topics.root} is in use by another run of this installation: is edgepose"
                " running twice with this device.id?",
            )

    def heard(self, received: Received) -> bool:
        """Take what came on one of the topics. True where somebody said that we are offline, or
        took back what we had said."""
        topic = received.topic
        if topic == self._topics.availability:
            self._availability = received.payload
            # Another's will or last word, or our own of a connection that died.
            ended = self._claimed and received.payload in (OFFLINE, b"")
            if ended:
                self.rival = None
            return ended
        if topic == self._topics.result(_ASK):
            if not self._claimed and not received.retained:
                self._lives.set()
        elif topic == self._topics.health:
            self._heard_health(received)
        return False

    def _heard_health(self, received: Received) -> None:
        who = installation_of(received.payload)
        if who in (None, self._installation):
            if who is not None and received.retained:
                self._other, self._same = None, received.payload
            return
        self._other = f"installation {who}"
        if received.retained:
            return
        self._lives.set()
        if self._claimed and self.rival is None:
            self.rival = f"{self._topics.root} is in use by another edgepose, too ({self._other})"
            log.error("MQTT: %s: give one of them another device.id", self.rival)


def installation_of(health: bytes) -> str | None:
    """Which installation a message of `/health` is from; None where it does not tell."""
    return _text(health, "installation")


def _text(health: bytes, key: str) -> str | None:
    try:
        body: Any = json.loads(health)
        text = body[key]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return text[:40] if isinstance(text, str) and text.isprintable() else None
