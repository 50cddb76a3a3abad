"""Damage on the way: flipped bits, over as many connections as it takes."""

import asyncio
import contextlib
import logging
import random

import pytest

from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt.delivery import EVENT
from edgepose.mqtt.outage import MOST
from edgepose.mqtt.settings import Message
from tests.harness.broker import Broker
from tests.harness.proxy import Proxy
from tests.mqtt.connect_packet import Connect
from tests.mqtt.drive import TOPICS, Stream, client_for, connected, drive, running, until
from tests.mqtt.servers import Server, serving

SAID = bytes.fromhex(
    "20 06 00 00 03 22 00 0a"  # CONNACK, with a property
    "90 06 00 01 00 01 01 01"  # SUBACK of three topics
    "b0 04 00 02 00 00"  # UNSUBACK
    "90 04 00 03 00 01"
    "b0 04 00 04 00 00"
    "40 04 00 05 10 00"  # PUBACK: nobody listens
    "40 02 00 06"
    "d0 00"  # PINGRESP
    "32 1e 0006 612f622f6364 0007 0b 02 00000005 08 0003 612f62 7b2272756e223a31"  # PUBLISH
    "e0 02 8b 00"  # DISCONNECT: the server shuts down
)
"""What a broker of MQTT 5 may say on one connection, all at once."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))
    monkeypatch.setattr(backoff_module, "_REFUSED_DELAYS_S", (0.001,))


def check(caplog: pytest.LogCaptureFixture) -> None:
    """The journal holds each trouble once, and none that is a fault of ours."""
    told = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert len([each for each in told if "keeps trying" in each.getMessage()]) <= MOST
    assert not [each for each in told if each.exc_info]


@pytest.mark.parametrize("seed", range(2))
def test_whatever_comes_breaks_nothing(caplog: pytest.LogCaptureFixture, seed: int) -> None:
    chance = random.Random(seed)

    async def answer(
        _seen: Server,
        _connect: Connect,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        said = bytearray(SAID)
        for _ in range(chance.randint(1, 3)):
            said[chance.randrange(len(said))] ^= 1 << chance.randrange(8)
        writer.write(said[: chance.choice([len(said), chance.randrange(len(said))])])
        # Hanging up while it still speaks would throw away what it has not read.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                while await reader.read(4096):
                    pass

    async def main() -> None:
        async with serving(answer) as server:
            client = client_for(server.port, version="5")
            client.listen(lambda topics: topics.command("+"), lambda _received: None)
            client.retain(Message(TOPICS.health, b'{"run":"1"}', 1, retain=True))
            async with running(client):
                await until(lambda: server.accepted >= 80, "connections", 25)

    drive(main())
    check(caplog)


@pytest.mark.slow
def test_after_damage_both_ways_every_event_is_with_the_broker(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> int:
        with Proxy(broker.port) as proxy:
            client = client_for(proxy.port)
            client.retain(Message(TOPICS.health, b'{"run":"1"}', 1, retain=True))
            poses = Stream(client, 300)
            async with running(client):
                await connected(client)
                proxy.corrupt = 1 / 150
                while proxy.connections < 20:
                    poses.offer()
                    client.post(lambda: EVENT.message(TOPICS.event, b"{}"))
                    await asyncio.sleep(0.002)
                proxy.corrupt = 0.0
                proxy.cut()
                await until(lambda: poses.offer() == "published", "a pose that is published")
                await until(lambda: not client.outbox, "every event with the broker")
            return proxy.corrupted

    assert drive(main()) > 10
    check(caplog)
