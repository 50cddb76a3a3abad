"""Loopback servers on the test's own loop: homemade brokers, and ways to a real one."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from tests.mqtt.connect_packet import Connect, take_apart

UNSUBSCRIBE, UNSUBACK, DISCONNECT = 0xA, 0xB, 0xE
PUBLISH_QOS_0 = 0x30
ACCEPTED_5 = bytes.fromhex("20 03 00 00 00")
ACCEPTED_311 = bytes.fromhex("20 02 00 00")


@dataclass
class Server:
    """What a server saw: the CONNECT packets, and the first byte of each packet behind them.

    `answers`: how many UNSUBACKs came from the broker behind it.
    """

    port: int = 0
    connects: list[Connect] = field(default_factory=list)
    packets: list[int] = field(default_factory=list)
    disconnects: list[bytes] = field(default_factory=list)
    accepted: int = 0
    ended: int = 0
    answers: int = 0

    @property
    def levels(self) -> list[int]:
        """The protocol versions that were tried, in order."""
        return [connect.level for connect in self.connects]

    @property
    def streamed(self) -> int:
        """How many messages of QoS 0 came."""
        return self.packets.count(PUBLISH_QOS_0)

    def count(self, kind: int) -> int:
        """How many packets of this type came."""
        return sum(packet >> 4 == kind for packet in self.packets)


async def read_packet(reader: asyncio.StreamReader) -> bytes:
    """The next whole MQTT packet."""
    packet = await reader.readexactly(1)
    length = shift = 0
    while True:
        byte = await reader.readexactly(1)
        packet += byte
        length |= (byte[0] & 0x7F) << shift
        shift += 7
        if not byte[0] & 0x80:
            return packet + await reader.readexactly(length)


Answer = Callable[[Server, Connect, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


ENDING_S = 2.0
ACCEPTING = 10
"""Rounds of the loop that a connection takes at most from its socket to `begin`."""


@contextlib.asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Server]:
    """A server that reads the CONNECT and leaves the rest to `answer`; hangs up behind it."""
    seen = Server()
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.accepted += 1
        try:
            connect = take_apart(await read_packet(reader))
            seen.connects.append(connect)
            await answer(seen, connect, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            # The client is gone.
            pass
        finally:
            with contextlib.suppress(ConnectionError):
                writer.close()
                await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        task = asyncio.create_task(talk(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        # Accept nobody more, let those in who are at the door, then close it: a server that is
        # closed loses the sockets of those who are between.
        asyncio.get_running_loop().remove_reader(server.sockets[0].fileno())
        for _ in range(ACCEPTING):
            await asyncio.sleep(0)
        server.close()
        # The clients are gone, so the conversations end by themselves; one that is cancelled in
        # the middle of connecting onward would lose what it has just opened.
        if tasks:
            await asyncio.wait(tasks, timeout=ENDING_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A task that was cancelled before it began has closed nothing.
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


def replying(*parts: bytes, stay: bool = False) -> Answer:
    """An answer that is always the same bytes; then hangs up, or stays and listens."""

    async def answer(
        seen: Server, _connect: Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        while stay:
            note(seen, await read_packet(reader))

    return answer


def note(seen: Server, packet: bytes) -> None:
    """Remember a packet of the client."""
    seen.packets.append(packet[0])
    if packet[0] >> 4 == DISCONNECT:
        seen.disconnects.append(packet)


def through_to(port: int, first: Answer | None = None, poses_late: int = 0) -> Answer:
    """An answer that is a real broker's, of 127.0.0.1:`port`.

    `first` answers a client of MQTT 5 in its place. An UNSUBACK waits until the client has sent
    `poses_late` more poses (of two messages each): a slow way, measured in poses, not in seconds.
    """

    async def answer(
        seen: Server, connect: Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if first is not None and connect.level == 5:
            await first(seen, connect, reader, writer)
            return
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", port)
        to_broker.write(connect.raw)
        late: deque[tuple[int, bytes]] = deque()

        async def back() -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    packet = await read_packet(from_broker)
                    seen.answers += packet[0] >> 4 == UNSUBACK
                    if packet[0] >> 4 == UNSUBACK and poses_late:
                        late.append((seen.streamed + 2 * poses_late, packet))
                    else:
                        writer.write(packet)
            # The broker has read everything and is done with this client.
            seen.ended += 1
            writer.close()

        backwards = asyncio.create_task(back())
        try:
            while True:
                packet = await read_packet(reader)
                note(seen, packet)
                to_broker.write(packet)
                await to_broker.drain()
                while late and seen.streamed >= late[0][0]:
                    writer.write(late.popleft()[1])
        except asyncio.IncompleteReadError:
            to_broker.write_eof()
            await backwards
        finally:
            backwards.cancel()
            await asyncio.gather(backwards, return_exceptions=True)
            to_broker.close()

    return answer
