"""A discovery at work, whose pauses last until the test ends them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from edgepose.home_assistant.discovery import Discovery
from edgepose.mqtt.settings import Message
from tests.home_assistant.made import TOPICS, message

WANTED = message()
RENAMED = message("Entrance")
OLD = {**WANTED, "components": {**WANTED["components"], "fall": {"platform": "event", "name": "F"}}}


class Desk:
    """The discovery, what it has said, and its pauses."""

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.pauses: list[float] = []
        self.online = True
        self._over = asyncio.Event()
        self.discovery = Discovery(self._publish, self._pause)

    def _publish(self, message: Message) -> bool:
        if self.online:
            self.said.append(message)
        return self.online

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._over.clear()
        await self._over.wait()

    async def settle(self) -> None:
        """Let it do all that it can do now."""
        for _ in range(5):
            await asyncio.sleep(0)

    async def after_pause(self) -> None:
        """End its pause, and let it do what it can do then."""
        self._over.set()
        await self.settle()

    async def connect(self, *retained: bytes) -> None:
        """A connection, at which this is retained."""
        for payload in retained:
            self.discovery.heard(payload)
        self.discovery.connected()
        await self.settle()

    @property
    def newest(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.said[-1].payload)
        return read


@contextlib.asynccontextmanager
async def desk(wanted: dict[str, Any] | None = WANTED) -> AsyncIterator[Desk]:
    made = Desk()
    running = asyncio.create_task(made.discovery.run())
    made.discovery.want(TOPICS.discovery, wanted)
    await made.settle()
    yield made
    assert not running.done()
    running.cancel()


def play(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that runs on a loop."""

    def run() -> None:
        asyncio.run(test())

    run.__name__ = test.__name__
    return run


def sent(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()
