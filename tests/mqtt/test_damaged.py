"""Damage on the way: flipped bits in both directions, over as many connections as it takes."""

import asyncio
import logging

import pytest

from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt.delivery import EVENT
from edgepose.mqtt.outage import MOST
from edgepose.mqtt.outbox import MOST as MOST_LETTERS
from edgepose.mqtt.settings import Message
from tests.harness.broker import Broker
from tests.harness.proxy import Proxy, Way
from tests.mqtt.drive import TOPICS, Stream, client_for, connected, drive, running, until

CONNECTIONS = 25


@pytest.mark.slow
@pytest.mark.parametrize("ways", [("up", "down"), ("down",)])
def test_nothing_that_comes_breaks_the_client(
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    ways: tuple[Way, ...],
) -> None:
    caplog.set_level(logging.DEBUG, "edgepose")
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.01,))
    monkeypatch.setattr(backoff_module, "_REFUSED_DELAYS_S", (0.01,))

    async def main() -> int:
        with Proxy(broker.port) as proxy:
            proxy.corrupts = ways
            client = client_for(proxy.port)
            client.listen(lambda topics: topics.command("+"), lambda _received: None)
            client.retain(Message(TOPICS.health, b'{"run":"1"}', 1, retain=True))
            poses = Stream(client, 300)
            async with running(client):
                await connected(client)
                proxy.corrupt = 1 / 150
                while proxy.connections < CONNECTIONS:
                    poses.offer()
                    client.post(lambda: EVENT.message(TOPICS.event, b"{}"))
                    await asyncio.sleep(0.002)
                proxy.corrupt = 0.0
                proxy.cut()
                await until(lambda: poses.offer() == "published", "a pose that is published")
                await until(lambda: not client.outbox, "every event with the broker")
            assert client.outbox.dropped + MOST_LETTERS <= poses.offered
            return proxy.corrupted

    assert drive(main()) > CONNECTIONS / 2
    told = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert len([each for each in told if "keeps trying" in each.getMessage()]) <= MOST
    assert not [each for each in told if each.exc_info]
