"""Running a client on a loop of its own, and holding it to its silence.

Whatever a task, a future or a callback leaves behind unsaid fails the test: in the daemon it
would be a traceback in the journal.
"""

import asyncio
import contextlib
import gc
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from edgepose.mqtt.client import Client, State
from edgepose.mqtt.settings import Message, Settings
from edgepose.mqtt.topics import Topics
from tests.harness.subscriber import Subscriber

T = TypeVar("T")
TOPICS = Topics("edgepose", "tested")
LIMIT_S = 15.0


def drive(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` and return its result; AssertionError where anything was left unsaid."""
    complaints: list[dict[str, Any]] = []

    async def watched() -> T:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: complaints.append(context))
        async with asyncio.timeout(2 * LIMIT_S):
            return await main

    result = asyncio.run(watched())
    gc.collect()
    assert complaints == []
    return result


def client_for(port: int, host: str = "127.0.0.1", **settings: Any) -> Client:
    """A client of the broker on this port."""
    return Client(Settings(host, port, "edgepose-tested", **settings), TOPICS)


@contextlib.asynccontextmanager
async def running(client: Client) -> AsyncIterator[None]:
    """The client runs, and in the end closes as the daemon closes it."""
    task = asyncio.create_task(client.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.close(0.4)


async def until(what: Callable[[], object], name: str, limit_s: float = LIMIT_S) -> None:
    """Let the loop go on until `what` is true; AssertionError after the limit."""
    try:
        async with asyncio.timeout(limit_s):
            while not what():  # noqa: ASYNC110 - it may depend on another process
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {limit_s:g} s: {name}") from None


async def connected(client: Client) -> None:
    """Wait for the connection."""
    await until(lambda: client.state is State.CONNECTED, f"a connection: {client.trouble}")


async def in_trouble(client: Client, text: str) -> str:
    """Wait until the client tells a trouble with this text in it, and return it."""
    await until(lambda: text in (client.trouble or ""), f"{text!r} as the trouble")
    return client.trouble or ""


def pose(number: int, size: int) -> list[Message]:
    """The messages of one pose: `size` bytes of json and 304 packed, each with its number."""
    text = str(number).encode()
    return [
        Message(TOPICS.pose, text.ljust(size), expiry_s=3, content_type="application/json"),
        Message(TOPICS.pose_packed, text.ljust(304), expiry_s=3, content_type="x/packed"),
    ]


class Stranger(Subscriber):
    """A subscriber whose sockets are closed as soon as nobody uses it any more, to messages that
    the tests make up."""

    def __init__(self, port: int, topics: str = "edgepose/#", **more: Any) -> None:
        super().__init__(port, topics, lawless=True, **more)

    def close(self) -> None:
        """Disconnect, and break the circle that keeps paho's client waiting for the collector."""
        super().close()
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None

    async def mark(self) -> None:
        """Wait for a message of one's own: what came before it is all there was."""
        before = len(self.on("/mark"))
        self._client.publish("edgepose/mark")
        await until(lambda: len(self.on("/mark")) > before, "the mark")


class Stream:
    """Offers poses to a client as the daemon does, and counts what became of them."""

    def __init__(self, client: Client, size: int = 1200) -> None:
        self.offered = 0
        self._size = size
        self.published: list[int] = []
        self._client = client

    def offer(self) -> str:
        """Offer one pose; its fate."""
        fate = self._client.stream(pose(self.offered, self._size))
        if fate == "published":
            self.published.append(self.offered)
        self.offered += 1
        return fate

    async def offer_until(self, fate: str) -> int:
        """Offer poses, one for each turn of the loop, until one meets `fate`; how many were
        published before it."""
        before = len(self.published)
        async with asyncio.timeout(LIMIT_S):
            while self.offer() != fate:  # noqa: ASYNC110 - the loop is to do its other work
                await asyncio.sleep(0.001)
        return len(self.published) - before


def socket_to(port: int) -> socket.socket:
    """This process's connected socket to a port of the loopback, found among its open files."""
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if link.is_socket():
                found = socket.socket(fileno=os.dup(int(link.name)))
                if peer(found) == ("127.0.0.1", port):
                    return found
                found.close()
    raise AssertionError(f"no socket to port {port}")


def peer(sock: socket.socket) -> object:
    """The address of the other end, None where there is none."""
    try:
        return sock.getpeername()
    except OSError:
        return None
