"""Servers that are no brokers, or bad ones, and leaving while one of them keeps us waiting."""

import socket
import threading

import pytest

from edgepose.mqtt import session as session_module
from edgepose.mqtt.client import State
from tests.mqtt.drive import client_for, connected, drive, running, until
from tests.mqtt.servers import ACCEPTED_5, replying, serving


def test_cancelled_while_it_waits_for_the_connack() -> None:
    async def main() -> None:
        async with serving(replying(stay=True)) as server:
            client = client_for(server.port)
            async with running(client):
                await until(lambda: server.connects, "a CONNECT")
            assert client.stream_fate() == "offline"

    drive(main())


def test_cancelled_while_tcp_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "CONNECT_S", 0.3)

    async def main() -> None:
        with socket.socket() as deaf, socket.socket() as one, socket.socket() as two:
            deaf.bind(("127.0.0.1", 0))
            # Nobody accepts, and behind these two there is no room: a third one's SYN is lost.
            deaf.listen(0)
            for other in (one, two):
                other.setblocking(False)
                other.connect_ex(deaf.getsockname())
            client = client_for(deaf.getsockname()[1])
            async with running(client):
                await until(connecting, "the connecting thread")
            await until(lambda: not connecting(), "its end")

    drive(main())


def connecting() -> bool:
    return any(thread.name == "mqtt-connect" for thread in threading.enumerate())


def test_cancelled_while_it_waits_to_try_again() -> None:
    async def main() -> None:
        client = client_for(1)
        async with running(client):
            await until(lambda: client.trouble is not None, "the first failure")
            await until(lambda: client.state is State.WAITING, "waiting")

    drive(main())


# Servers that are no brokers, or bad ones.

GARBAGE = [
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2p1\r\n",
    b"\0" * 64,
    b"\xff" * 64,
    bytes.fromhex("20 03 00"),
    bytes.fromhex("20 01 00"),
    bytes.fromhex("20 03 00 07 00"),
    bytes.fromhex("20 05 00 00 02 ff ff"),
    bytes.fromhex("b0 02 00 01"),
    bytes.fromhex("e0 00"),
    # A PUBLISH whose topic is not UTF-8, and one whose properties end too soon.
    bytes.fromhex("30 07 00 03 61 ff fe 00 78"),
    bytes.fromhex("30 06 00 01 61 05 99 78"),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda g: g[:8].hex())
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_garbage_in_place_of_a_connack(garbage: bytes, version: str) -> None:
    async def main() -> None:
        async with serving(replying(garbage)) as server:
            client = client_for(server.port, version=version)
            async with running(client):
                await until(lambda: client.trouble is not None, "the trouble")

    drive(main())


@pytest.mark.parametrize("garbage", [*GARBAGE, ACCEPTED_5], ids=lambda g: g[:8].hex())
def test_garbage_behind_the_connack(garbage: bytes) -> None:
    async def main() -> None:
        async with serving(replying(ACCEPTED_5, garbage)) as server:
            client = client_for(server.port, version="5")
            async with running(client):
                await until(lambda: client.trouble is not None, "the trouble")
                # E0 00 is a DISCONNECT, which a server may say.
                words = "ended the connection" if garbage == b"\xe0\x00" else "connection lost"
                assert words in (client.trouble or "")

    drive(main())


def test_a_connack_in_pieces() -> None:
    async def main() -> None:
        pieces = [bytes([byte]) for byte in ACCEPTED_5]
        async with serving(replying(*pieces, stay=True)) as server:
            client = client_for(server.port)
            async with running(client):
                await connected(client)

    drive(main())
