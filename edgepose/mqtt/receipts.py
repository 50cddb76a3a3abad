"""What the broker owes us an answer for, and what it refuses.

Owns the ids of what was sent; sends nothing itself. Runs on the loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from paho.mqtt.reasoncodes import ReasonCode

MOST: Final = 100
"""Topics that are told as denied."""

log = logging.getLogger(__name__)


class Receipts:
    """One connection's. `acknowledged` gets the id of each message that the broker has taken;
    `denied` holds the topics that were told as denied already, on connections before this one."""

    def __init__(self, acknowledged: Callable[[int], None], denied: set[str]) -> None:
        self._acknowledged = acknowledged
        # Of each message of QoS 1 its topic, of each subscription its topics.
        self._published: dict[int, str] = {}
        self._subscribed: dict[int, Sequence[str]] = {}
        self._asked: dict[int, asyncio.Future[None]] = {}
        self._denied = denied
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def waiting(self) -> int:
        """How many messages of QoS 1 the broker has not acknowledged."""
        return len(self._published)

    def published(self, mid: int, topic: str) -> None:
        """A message of QoS 1 went out."""
        self._published[mid] = topic
        self._settled.clear()

    def subscribed(self, mid: int, topics: Sequence[str]) -> None:
        """A subscription went out."""
        self._subscribed[mid] = topics

    def asked(self, mid: int) -> asyncio.Future[None]:
        """A question went out; done with its answer, cancelled at the end of the connection."""
        self._asked[mid] = asyncio.get_running_loop().create_future()
        return self._asked[mid]

    def puback(self, mid: int, code: ReasonCode) -> None:
        """The broker has taken a message, or refused it for good."""
        topic = self._published.pop(mid, None)
        if not self._published:
            self._settled.set()
        if topic is not None:
            if code.is_failure:
                self._deny("publish on", topic)
            self._acknowledged(mid)

    def suback(self, mid: int, codes: Sequence[ReasonCode]) -> None:
        """The broker has answered a subscription, topic by topic."""
        for topic, code in zip(self._subscribed.pop(mid, ()), codes, strict=False):
            if code.is_failure:
                self._deny("read", topic)

    def unsuback(self, mid: int) -> None:
        """The broker has answered a question."""
        answered = self._asked.pop(mid, None)
        if answered is not None and not answered.done():
            answered.set_result(None)

    def _deny(self, what: str, topic: str) -> None:
        # Once: it is the broker's rules, and will be so the next time. Answers go where others
        # ask for them, so there may be any number of topics.
        if topic not in self._denied and len(self._denied) < MOST:
            self._denied.add(topic)
            log.warning("MQTT: the broker does not let us %s %s", what, topic)

    async def settle(self, limit_s: float) -> bool:
        """Wait until every message of QoS 1 is acknowledged. False when it took too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._settled.wait()
        return not self._published

    def end(self) -> None:
        """The connection has ended: nothing of it is answered any more."""
        self._settled.set()
        for answered in self._asked.values():
            answered.cancel()
