"""Staying connected: losing a broker, finding it again, and leaving in good order."""

import asyncio
import logging
import signal

import pytest

from edgepose.mqtt.client import State
from edgepose.mqtt.settings import Message
from tests.harness.broker import Broker
from tests.harness.wait import wait_for
from tests.mqtt.drive import (
    TOPICS,
    Stranger,
    Stream,
    client_for,
    connected,
    drive,
    in_trouble,
    running,
    until,
)
from tests.mqtt.servers import ACCEPTED_5, Server, replying, serving, through_to

HEALTH = TOPICS.health


def health(text: str) -> Message:
    return Message(HEALTH, text.encode(), qos=1, retain=True)


def at_once(port: int) -> dict[str, str]:
    """What a newcomer is told: availability and health."""
    with Stranger(port) as stranger:
        wait_for(lambda: len(stranger.messages) >= 2, 10, "two retained messages")
        assert all(message.retain for message in stranger.messages)
        return {m.topic: m.payload.decode() for m in stranger.messages}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_after_a_restart_of_the_broker_everything_retained_is_there_again(
    broker: Broker, caplog: pytest.LogCaptureFixture, how: signal.Signals
) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            client.retain(health("before the connection"))
            await connected(client)
            client.retain(health("first"))
            told = await asyncio.to_thread(at_once, broker.port)
            assert told == {TOPICS.availability: "online", HEALTH: "first"}
            broker.signal(how)
            await until(lambda: client.state is not State.CONNECTED, "the end")
            assert client.stream_fate() == "offline"
            broker.stop()
            client.retain(health("while away"))
            broker.start()
            await connected(client)
            assert client.trouble is None
            told = await asyncio.to_thread(at_once, broker.port)
            assert told == {TOPICS.availability: "online", HEALTH: "while away"}
            assert Stream(client).offer() == "published"

    drive(main())
    levels = [(r.levelname, r.getMessage().partition(" ")[0]) for r in caplog.records]
    assert levels.count(("INFO", "MQTT")) == 2


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_close_says_offline_and_the_will_is_not_sent(broker: Broker, version: str) -> None:
    async def main() -> Server:
        async with serving(through_to(broker.port)) as way:
            client = client_for(way.port, version=version)
            async with running(client):
                await connected(client)
                with await asyncio.to_thread(Stranger, broker.port) as stranger:
                    assert Stream(client).offer() == "published"
                    client.retain(health("last"))
                    assert await client.close(5), "everything acknowledged"
                    assert client.state is State.CLOSED
                    assert client.stream_fate() == "offline"
                    # Behind the will, if there were one: it comes as soon as the broker knows.
                    await until(lambda: way.ended, "the broker's end of the connection")
                    await stranger.mark()
                    assert stranger.availability() == ["online", "offline"]
                    assert [m.payload for m in stranger.on("/health")] == [b"last"]
            told = await asyncio.to_thread(at_once, broker.port)
            assert told == {TOPICS.availability: "offline", HEALTH: "last"}
        return way

    # Reason 0: the will, delayed or not, is thrown away.
    assert drive(main()).disconnects == [b"\xe0\0"]


def test_leaving_without_a_word_brings_the_will(broker: Broker) -> None:
    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            # 3.1.1 knows no delay of the will.
            client = client_for(broker.port, version="3.1.1")
            task = asyncio.create_task(client.run())
            await connected(client)
            await until(lambda: stranger.availability() == ["online"], "online")
            session = client._session
            assert session is not None
            task.cancel()
            session.abort("the test ends it")
            await until(lambda: stranger.availability() == ["online", "offline"], "the will")

    drive(main())


def test_close_without_a_connection_has_nothing_to_say() -> None:
    async def main() -> None:
        client = client_for(1)
        assert not await client.close(1)
        assert client.state is State.CLOSED

    drive(main())


def test_close_toward_a_broker_that_has_stopped_keeps_its_limit(broker: Broker) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            broker.signal(signal.SIGSTOP)
            stream = Stream(client)
            await stream.offer_until("backpressure")
            try:
                assert not await client.close(0.1)
            finally:
                broker.signal(signal.SIGCONT)

    drive(main())


def test_what_the_broker_says_in_the_end_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        taken_over = bytes.fromhex("e0 02 8e 00")
        async with serving(replying(ACCEPTED_5, taken_over)) as server:
            client = client_for(server.port)
            async with running(client):
                await in_trouble(client, "gave our client id to another connection")

    drive(main())
    assert "is edgepose running twice with this device.id?; edgepose keeps" in caplog.text


def test_no_pose_counts_as_published_once_the_connection_is_gone(broker: Broker) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            stream, fates = Stream(client), list[str]()
            session = client._session
            assert session is not None
            # In the very turn of the loop that ends the connection; the client's own task is
            # told a turn later.
            session.lost.add_done_callback(
                lambda _lost: fates.extend([client.stream_fate(), stream.offer()])
            )
            broker.signal(signal.SIGKILL)
            await until(lambda: fates, "the end")
            assert fates == ["offline", "offline"]

    drive(main())
