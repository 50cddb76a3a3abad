"""`version: auto`: MQTT 5 first, and 3.1.1 where the broker knows no 5."""

import asyncio
import itertools
import logging
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt import session as session_module
from edgepose.mqtt.settings import Message
from tests.harness.broker import Broker, free_port
from tests.mqtt.connect_packet import Connect
from tests.mqtt.drive import (
    TOPICS,
    Stranger,
    Stream,
    client_for,
    connected,
    drive,
    running,
    until,
)
from tests.mqtt.servers import ACCEPTED_311, Answer, Server, replying, serving, through_to

HANGS_UP = replying()
REFUSES_AS_5 = replying(bytes.fromhex("20 03 00 84 00"))
REFUSES_AS_3 = replying(bytes.fromhex("20 02 00 01"))

AMQTT = """
import asyncio, sys
from amqtt.broker import Broker

async def main():
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{sys.argv[1]}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })
    await broker.start()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await broker.shutdown()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def amqtt() -> Iterator[int]:
    """The port of an amqtt, which speaks 3.1.1 alone."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", AMQTT, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield port
        process.kill()


@pytest.mark.parametrize(
    "first", [HANGS_UP, REFUSES_AS_5, REFUSES_AS_3], ids=["hangs up", "says so as 5", "as 3"]
)
def test_a_broker_without_5_gets_3_1_1(
    broker: Broker, caplog: pytest.LogCaptureFixture, first: Answer
) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> Server:
        async with serving(through_to(broker.port, first)) as way:
            client = client_for(way.port)
            async with running(client):
                await connected(client)
        return way

    assert drive(main()).levels == [5, 4]
    assert "MQTT 3.1.1 connected" in caplog.text


@pytest.mark.parametrize(("version", "level"), [("5", 5), ("3.1.1", 4)])
def test_a_version_that_was_asked_for_stays(
    monkeypatch: pytest.MonkeyPatch, version: str, level: int
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> Server:
        async with serving(HANGS_UP) as server:
            client = client_for(server.port, version=version)
            async with running(client):
                await until(lambda: len(server.connects) >= 4, "four attempts")
            assert "before it answered" in (client.trouble or "")
        return server

    assert set(drive(main()).levels) == {level}


def test_auto_tries_both_by_turns_while_everything_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> Server:
        async with serving(HANGS_UP) as server, running(client_for(server.port)):
            await until(lambda: len(server.connects) >= 6, "six attempts")
        return server

    assert drive(main()).levels[:6] == [5, 4, 5, 4, 5, 4]
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1


def test_a_broker_that_said_that_it_has_no_5_is_not_asked_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> Server:
        async with serving(through_to(broker.port, REFUSES_AS_5)) as way:
            client = client_for(way.port)
            async with running(client):
                for connects in (2, 3, 4):
                    await until(lambda n=connects: len(way.connects) == n, "a connection")  # type: ignore[misc]
                    await connected(client)
                    session = client._session
                    assert session is not None
                    session.abort("the test ends it")
        return way

    assert drive(main()).levels[:4] == [5, 4, 4, 4]


def test_a_broker_that_hung_up_once_is_asked_for_5_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))
    moods: list[Answer] = [HANGS_UP, replying(ACCEPTED_311)]

    async def moody(
        seen: Server, connect: Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await (moods.pop(0) if moods else through_to(broker.port))(seen, connect, reader, writer)

    async def main() -> Server:
        async with serving(moody) as way:
            client = client_for(way.port)
            async with running(client):
                await until(lambda: len(way.connects) >= 3, "three connections")
                await connected(client)
        return way

    assert drive(main()).levels == [5, 4, 5]


def test_a_broker_that_has_5_and_stops_is_asked_for_5_until_it_goes_on(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> Server:
        async with serving(through_to(broker.port)) as way:
            client = client_for(way.port)
            async with running(client):
                await connected(client)
                broker.signal(signal.SIGSTOP)
                try:
                    session = client._session
                    assert session is not None
                    with monkeypatch.context() as impatient:
                        impatient.setattr(session_module, "CONNECT_S", 0.1)
                        session.abort("the test ends it")
                        await until(lambda: len(way.connects) >= 4, "three attempts")
                finally:
                    broker.signal(signal.SIGCONT)
                await connected(client)
        return way

    assert set(drive(main()).levels) == {5}


def test_a_real_broker_of_3_1_1(amqtt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # It answers a CONNECT of MQTT 5 by silence.
    monkeypatch.setattr(session_module, "CONNECT_S", 1.0)

    async def main() -> None:
        client = client_for(amqtt)
        async with running(client):
            await connected(client)
            client.retain(Message(TOPICS.health, b"{}", qos=1, retain=True))
            with await asyncio.to_thread(stranger_of_3_1_1, amqtt) as stranger:
                await until(lambda: len(stranger.messages) >= 2, "the retained messages")
                stream = Stream(client)
                while len(stream.published) < 40:
                    stream.offer()
                    await asyncio.sleep(0)
                await until(lambda: len(stranger.on("/pose")) >= 40, "forty poses")
                assert [int(m.payload) for m in stranger.on("/pose")] == stream.published
                # This broker sends a message once for each filter that it matches, ours included.
                assert {m.payload for m in stranger.on("/health")} == {b"{}"}
                assert await client.close(5), "everything acknowledged"
                await until(lambda: "offline" in stranger.availability(), "offline")
                await stranger.mark()
                said = [each for each, _ in itertools.groupby(stranger.availability())]
                assert said == ["online", "offline"]

    drive(main())


def stranger_of_3_1_1(port: int) -> Stranger:
    return Stranger(port, protocol=MQTTProtocolVersion.MQTTv311)
