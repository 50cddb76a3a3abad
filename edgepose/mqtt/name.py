"""Who else uses our name. Two devices with one id would speak over each other.

Owns what was heard on our own topics from others. The same installation always takes over: a Pi
back from a power cut finds its own `online`. Runs on the loop.
"""

import asyncio
import contextlib
import json
import logging
from typing import Any, Final

from edgepose.mqtt.delivery import COMMAND, OFFLINE, ONLINE
from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import Failure, Received, SessionError
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

    @property
    def topics(self) -> tuple[str, ...]:
        """What has to be subscribed to before `claim`."""
        return (self._topics.availability, self._topics.health, self._topics.result(_ASK))

    @property
    def free(self) -> bool:
        """Whether nothing that was heard is from another installation."""
        return self._other is None

    async def claim(self, session: Session) -> None:
        """See whether the name is free, by what the broker keeps and by asking who lives there.

        Raises SessionError where it is another's. Call it when what is retained has been heard.
        """
        self._claimed = False
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

    def heard(self, received: Received) -> bool:
        """Take what came on one of the topics. True where somebody said that we are offline."""
        topic = received.topic
        if topic == self._topics.availability:
            self._availability = received.payload
            # Another's will, or our own of a connection that died.
            return self._claimed and received.payload == OFFLINE
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
                self._other = None
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
    try:
        body: Any = json.loads(health)
        who = body["installation"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return who[:40] if isinstance(who, str) and who.isprintable() else None
