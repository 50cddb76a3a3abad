"""Before anything is installed, the installer knows whether the broker takes us, and why not."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.appliance.broker import connect_packet, main
from tests.harness.broker import Broker, free_port

PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "appliance" / "broker.py"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("guarded"), users={"jo": "right"}) as running:
        yield running


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(*words) == 69
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_an_open_broker_takes_us(broker: Broker) -> None:
    assert main("127.0.0.1", str(broker.port)) == 0


def test_it_needs_nothing_that_is_not_python_s_own(broker: Broker) -> None:
    bare = [sys.executable, "-I", "-S", str(PROGRAM), "127.0.0.1", str(broker.port)]
    assert subprocess.run(bare, check=False).returncode == 0


def test_the_right_password_is_taken(guarded: Broker, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("right\nnot this line\n")
    assert main("127.0.0.1", str(guarded.port), "jo", str(file)) == 0


def test_a_wrong_password_is_told(
    guarded: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "password"
    file.write_text("wrong\n")
    told = said(capsys, "127.0.0.1", str(guarded.port), "jo", str(file))
    assert "refuses the user jo with this password" in told
    assert "wrong" not in told


def test_a_broker_that_wants_a_user_is_told(
    guarded: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--user" in said(capsys, "127.0.0.1", str(guarded.port))


def test_nobody_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing listens there" in said(capsys, "127.0.0.1", str(free_port()))


def answering(answers: list[bytes], heard: list[bytes]) -> int:
    """A server that gives each connection one of the answers, in turn; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    heard.append(connection.recv(200))
                    connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


@pytest.mark.parametrize("first", [b"\x20\x02\x00\x01", b"\x20\x03\x00\x84\x00", b""])
def test_a_broker_without_mqtt_5_is_asked_with_3_1_1(first: bytes) -> None:
    heard: list[bytes] = []
    port = answering([first, b"\x20\x02\x00\x00"], heard)
    assert main("127.0.0.1", str(port)) == 0
    assert [packet[8] for packet in heard] == [5, 4]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "does not speak MQTT"),
        ([b"", b""], "hangs up without an answer"),
        ([b"\x20\x03\x00\x88\x00"], "reason code 0x88"),
    ],
)
def test_other_refusals_are_told(
    answers: list[bytes], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in said(capsys, "127.0.0.1", str(answering(answers, [])))


def test_a_long_password_has_a_length_of_two_bytes() -> None:
    packet = connect_packet(4, "u" * 60, "p" * 200)
    assert packet[1] & 0x80
    assert (packet[1] & 0x7F) + packet[2] * 128 == len(packet) - 3
