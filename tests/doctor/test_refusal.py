"""What to do about a broker that does not take us, by brokers that do not."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from edgepose.config.access import oneself
from edgepose.config.load import load
from edgepose.doctor import broker as broker_check
from edgepose.doctor import configured
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding
from tests.harness.broker import Broker, Encryption, free_port
from tests.mqtt.certificates import Certificates

CASE = Case(None, None, None, None, None, Path(sys.executable), oneself())


def asked(folder: Path, keys: str) -> Finding:
    """What the check of the broker says where `mqtt` has these keys."""
    file = folder / "edgepose.yaml"
    file.write_text(f"mqtt: {{{keys}}}\n")
    (found,) = broker_check.look(replace(CASE, file=file, config=load(file)))
    assert "CONNACK" not in found.message
    return found


def assert_has(found: Finding, message: str, *todo: str) -> None:
    assert found.level == "failure"
    assert message in found.message
    assert found.todo is not None
    assert all(each in found.todo for each in todo), found.todo
    # What is saved is in force, and what ends with a colon is not the end.
    assert "restart" not in found.todo
    assert not found.todo.endswith(":")


@contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """The port of somebody who says this and hangs up; None says nothing and stays."""
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                guest, _ = server.accept()
            except OSError:
                return
            held.append(guest)
            if answer is not None:
                guest.recv(1024)
                guest.sendall(answer)
                guest.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        # `close` alone does not wake who accepts.
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for guest in held:
        guest.close()


@pytest.mark.slow
def test_nobody_is_there(tmp_path: Path) -> None:
    start = "start mosquitto"  # It is installed where the tests run.
    assert_has(asked(tmp_path, f"port: {free_port()}"), "Connection refused", start, "nano ")
    assert_has(
        asked(tmp_path, "host: nobody.invalid"), "nobody.invalid", "getent hosts", "mqtt.host"
    )


def test_without_a_configuration_there_is_a_way_to_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "edgepose.yaml"
    file.write_text(f"mqtt: {{port: {free_port()}}}\n")
    (found,) = broker_check.look(replace(CASE, config=load(file)))
    assert_has(found, "Connection refused", "cp ", "edgepose.yaml my.yaml")
    # Nobody's is written over.
    (tmp_path / "my.yaml").write_text("{}\n")
    (found,) = broker_check.look(replace(CASE, config=load(file)))
    assert_has(found, "Connection refused", "nano my.yaml", "edgepose doctor my.yaml")
    assert "cp " not in (found.todo or "")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "did not answer"),
        (b"", "closed the connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "closed the connection"),
        (b"\x00\x00\x00\x00", "does not speak MQTT"),
    ],
)
def test_what_is_no_broker(
    tmp_path: Path, answer: bytes | None, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if answer is None:
        monkeypatch.setattr("edgepose.mqtt.session.CONNECT_S", 0.5)
    with answering(answer) as port:
        assert_has(asked(tmp_path, f"port: {port}"), message, "1883", "nano ")


def test_a_wrong_password(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    with Broker(tmp_path, users={"hall": "right"}) as strict:
        port = f"port: {strict.port}"
        found = asked(tmp_path, f"{port}, username: hall, password_file: secret")
        assert_has(found, f"the name hall with the password of {secret}", f"nano {secret}")
        found = asked(tmp_path, f"{port}, username: hall")
        assert_has(found, "without a password", "mqtt.password_file")
        assert_has(asked(tmp_path, port), "nobody without a name", "mqtt.username")


@pytest.mark.slow
def test_tls_by_its_cause(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    shown = Encryption(made.pem("broker"), made.key("broker"), made.pem("ca"))
    with Broker(tmp_path, encryption=shown) as strict:
        secure = f"port: {strict.tls_port}, tls: true"
        assert_has(
            asked(tmp_path, secure), "certificate is not accepted", "mqtt.cafile", "timedatectl"
        )
        assert_has(
            asked(tmp_path, f"{secure}, cafile: ca.pem"), "wants a certificate", "mqtt.certfile"
        )
        found = asked(tmp_path, f"port: {strict.tls_port}")
        assert_has(found, "closed the connection", "mqtt.tls: true")
        found = asked(tmp_path, f"port: {strict.port}, tls: true")
        assert_has(found, "TLS handshake", "mqtt.tls: false", "8883")


def test_a_file_that_is_missing_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text("mqtt: {username: hall, password_file: none}\n")
    case = replace(CASE, file=file, config=load(file))
    found = [*configured.look(case), *broker_check.look(case)]
    assert [(each.name, each.level) for each in found] == [
        ("config", "failure"),
        ("broker", "note"),
    ]
