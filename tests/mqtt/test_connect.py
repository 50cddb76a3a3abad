"""Connecting: what is said, with which version, and what becomes of a refusal."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt import session as session_module
from edgepose.mqtt.client import State
from edgepose.mqtt.pump import SEND_BUFFER
from edgepose.mqtt.settings import Message
from edgepose.mqtt.window import STALLED_S
from tests.harness.broker import Broker, free_port
from tests.harness.wait import wait_for
from tests.mqtt.drive import (
    TOPICS,
    Stranger,
    client_for,
    connected,
    drive,
    in_trouble,
    running,
    socket_to,
    until,
)
from tests.mqtt.servers import (
    ACCEPTED_5,
    ACCEPTED_311,
    Server,
    replying,
    serving,
    through_to,
)

USERS = {"pi": "pässword"}


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Broker]:
    """A mosquitto that lets only USERS in."""
    with Broker(tmp_path, USERS) as running_broker:
        yield running_broker


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("version", "level", "protocol"), [("auto", 5, "5"), ("5", 5, "5"), ("3.1.1", 4, "3.1.1")]
)
def test_with_a_real_broker(
    broker: Broker, caplog: pytest.LogCaptureFixture, version: str, level: int, protocol: str
) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> Server:
        async with serving(through_to(broker.port)) as way:
            client = client_for(way.port, version=version)
            assert client.state is State.WAITING
            async with running(client):
                await connected(client)
                assert client.trouble is None
        return way

    way = drive(main())
    assert way.levels == [level]
    assert f"MQTT {protocol} connected to 127.0.0.1:{way.port}" in caplog.text
    assert warnings(caplog) == []


def test_what_the_first_connect_says_and_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> Server:
        async with serving(replying(ACCEPTED_5)) as server:
            client = client_for(server.port, username="pi", password="pässword")
            async with running(client):
                await until(lambda: len(server.connects) >= 3, "three connections")
        return server

    first, *later = drive(main()).connects
    assert (first.protocol, first.level, first.client_id) == ("MQTT", 5, "edgepose-tested")
    assert first.clean
    assert not any(connect.clean for connect in later)
    for connect in (first, *later):
        assert connect.keepalive == 10
        assert connect.properties == {0x11: 60, 0x27: 2**18}, "session expiry, largest packet"
        assert connect.will_properties == {0x18: 5}, "will delay alone"
        assert (connect.will_topic, connect.will_payload) == (TOPICS.availability, b"offline")
        assert (connect.will_qos, connect.will_retain) == (1, True)
        assert (connect.username, connect.password) == ("pi", "pässword".encode())


def test_what_a_connect_of_3_1_1_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> Server:
        async with serving(replying(ACCEPTED_311)) as server:
            client = client_for(server.port, version="3.1.1")
            async with running(client):
                await until(lambda: len(server.connects) >= 2, "two connections")
        return server

    for connect in drive(main()).connects:
        assert (connect.protocol, connect.level, connect.keepalive) == ("MQTT", 4, 10)
        # It knows no expiry: a session that is kept is kept for ever.
        assert connect.clean
        assert (connect.will_topic, connect.will_payload) == (TOPICS.availability, b"offline")
        assert (connect.will_qos, connect.will_retain) == (1, True)
        assert (connect.username, connect.password) == (None, None)


def test_the_socket_has_its_options(broker: Broker) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            with socket_to(broker.port) as sock:
                assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
                # Linux doubles what it was asked for.
                assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * SEND_BUFFER
                limit_ms = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                assert limit_ms == STALLED_S * 1000 == 10_000

    drive(main())


# Users and passwords.


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_known_user_comes_in(strict: Broker, version: str) -> None:
    async def main() -> None:
        client = client_for(strict.port, version=version, username="pi", password=USERS["pi"])
        async with running(client):
            await connected(client)
            client.retain(Message(TOPICS.health, b"{}", qos=1, retain=True))
            assert await asyncio.to_thread(retained, strict, **{"username": "pi"}) == {
                "health": b"{}",
                "availability": b"online",
            }

    drive(main())


def retained(broker: Broker, **user: Any) -> dict[str, bytes]:
    """What a newcomer is told at once: availability and health."""
    password = USERS.get(user.get("username", ""))
    with Stranger(broker.port, **user, password=password) as stranger:
        wait_for(lambda: len(stranger.messages) >= 2, 10, "two retained messages")
        return {m.topic.rpartition("/")[2]: m.payload for m in stranger.messages}


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize(
    "user", [{"username": "pi", "password": "wrong"}, {"username": "pi"}, {}], ids=str
)
def test_a_refusal_is_said_once_however_often_it_is_tried(
    strict: Broker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    version: str,
    user: dict[str, str],
) -> None:
    monkeypatch.setattr(backoff_module, "_REFUSED_DELAYS_S", (0.001,))
    # Any other failure would wait for ever.
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (3600.0,))

    async def main() -> str:
        async with serving(through_to(strict.port)) as way:
            client = client_for(way.port, version=version, **user)
            async with running(client):
                await until(lambda: way.accepted >= 4, "four attempts")
                assert client.state is not State.CONNECTED
                assert client.stream_fate() == "offline"
                return client.trouble or ""

    trouble = drive(main())
    assert "refuses us: not authorized" in trouble
    assert warnings(caplog) == [f"MQTT broker {trouble}; edgepose keeps trying"]
    assert "wrong" not in caplog.text


# Nobody there.


def test_nothing_listens(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))
    port = free_port()

    async def main() -> str:
        client = client_for(port)
        async with running(client):
            trouble = await in_trouble(client, "refused")
            for state in (State.CONNECTING, State.WAITING) * 3:
                await until(lambda state=state: client.state is state, str(state))  # type: ignore[misc]
        return trouble

    assert drive(main()) == f"127.0.0.1:{port}: Connection refused"
    assert len(warnings(caplog)) == 1


@pytest.mark.parametrize("host", ["no such host", "x" * 64, "a..b"])
def test_a_name_that_nobody_knows(caplog: pytest.LogCaptureFixture, host: str) -> None:
    async def main() -> str:
        client = client_for(1883, host=host)
        async with running(client):
            return await in_trouble(client, host)

    trouble = drive(main())
    assert len(trouble) < 150
    [said] = warnings(caplog)
    assert said == f"MQTT broker {trouble}; edgepose keeps trying"


def test_where_nothing_comes_back_this_machine_may_know_why() -> None:
    asked: list[tuple[str, type[OSError]]] = []

    def why_silent(host: str, error: OSError) -> str:
        asked.append((host, type(error)))
        return "the cable is out"

    async def trouble(host: str, port: int, words: str) -> str:
        client = client_for(port, host=host, why_silent=why_silent)
        async with running(client):
            return await in_trouble(client, words)

    said = drive(trouble("no such host", 1883, "cable"))
    assert said.startswith("no such host:1883: ")
    assert said.endswith(": the cable is out")
    assert set(asked) == {("no such host", socket.gaierror)}
    # Who refuses us has heard us.
    asked.clear()
    drive(trouble("127.0.0.1", free_port(), "refused"))
    assert asked == []


@pytest.mark.parametrize(
    ("version", "levels"), [("5", [5, 5]), ("3.1.1", [4, 4]), ("auto", [5, 4])]
)
def test_somebody_who_accepts_and_never_answers(
    monkeypatch: pytest.MonkeyPatch, version: str, levels: list[int]
) -> None:
    monkeypatch.setattr(session_module, "CONNECT_S", 0.5)
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.001,))

    async def main() -> None:
        async with serving(replying(stay=True)) as server:
            client = client_for(server.port, version=version)
            async with running(client):
                await in_trouble(client, "accepts connections but did not answer in 0.5 s")
                await until(lambda: len(server.connects) >= 2, "another attempt")
            assert server.levels[:2] == levels

    drive(main())
