"""A subscriber and brokers that do not take it at its first word."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from paho.mqtt import client as paho

from edgepose.mqtt import dial as dial_module
from edgepose.mqtt.dial import CONNECT_S
from edgepose.mqtt.settings import ProtocolVersion, Settings
from edgepose.terminal import broker as demo_broker
from edgepose.terminal import subscriber as module
from edgepose.terminal.broker import HOST, Broker
from edgepose.terminal.subscriber import Subscriber
from tests.harness.broker import Broker as Mosquitto
from tests.harness.wait import wait_for
from tests.terminal.simulated import Devices

TOPICS = [("edgepose/+/availability", 1)]


def subscriber(port: int, received: list[str], host: str = "127.0.0.1") -> Subscriber:
    settings = Settings(host, port, "edgepose-watch-tested")
    return Subscriber(
        settings, TOPICS, lambda topic, _payload, _at_us, _retained: received.append(topic)
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 0.3)
    monkeypatch.setattr(module, "_LOOP_S", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_broker_that_keeps_silent_about_5_is_spoken_to_in_3_1_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dial(client: paho.Client, settings: Settings, version: ProtocolVersion, **how: Any) -> None:
        # Who answers may take its time.
        if version == "3.1.1":
            monkeypatch.setattr(module, "CONNECT_S", CONNECT_S)
        dial_module.dial(client, settings, version, **how)

    monkeypatch.setattr(module, "dial", dial)
    received: list[str] = []
    with Broker() as broker:
        broker.start()
        with subscriber(broker.port, received) as found:
            wait_for(lambda: found.let_in, 10, f"a connection: {found.trouble}")
            with Devices(broker.port, ["hall"]):
                wait_for(lambda: received, 10, "a message")
            assert (found.trouble, found.turned_away) == (None, False)
    assert received == ["edgepose/hall/availability"]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who never answers."""
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
        yield port


@pytest.mark.usefixtures("impatient")
def test_nobody_who_answers_is_said_when_both_versions_were_tried(silent: int) -> None:
    with subscriber(silent, []) as found:
        wait_for(lambda: found.turned_away, 10, "an end")
        assert found.trouble == (
            f"broker 127.0.0.1:{silent}: accepts connections but did not answer in 0.3 s"
        )


@pytest.mark.parametrize("instead", [True, False])
def test_what_a_broker_does_not_let_us_read_can_have_another_in_its_place(
    monkeypatch: pytest.MonkeyPatch, instead: bool
) -> None:
    # It lets nobody read what is called "prohibited".
    plugins = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        "amqtt.plugins.topic_checking.TopicTabooPlugin": {},
    }
    monkeypatch.setitem(demo_broker._CONFIG, "plugins", plugins)
    received: list[str] = []
    with Broker() as broker:
        broker.start()
        found = Subscriber(
            Settings("127.0.0.1", broker.port, "edgepose-watch-tested", version="3.1.1"),
            [("prohibited", 1)],
            lambda topic, _payload, _at_us, _retained: received.append(topic),
            instead={"prohibited": TOPICS[0]} if instead else {},
        )
        with Devices(broker.port, ["hall"]), found:
            wait_for(lambda: received or found.trouble, 10, "an answer")
            told = f"broker 127.0.0.1:{broker.port}: does not let us read prohibited"
            assert found.trouble == (None if instead else told)
    assert received == ["edgepose/hall/availability"] * instead


def test_a_host_that_is_none_is_said() -> None:
    with subscriber(1883, [], "no-such-host.invalid") as found:
        wait_for(lambda: found.turned_away, 20, "an end")
        assert found.trouble is not None
        assert "no host is found under this name" in found.trouble


def test_what_takes_the_messages_ends_it_by_an_error(broker: Mosquitto) -> None:
    def take(*_: object) -> None:
        raise BrokenPipeError

    settings = Settings("127.0.0.1", broker.port, "edgepose-watch-tested")
    with Devices(broker.port, ["hall"]), Subscriber(settings, TOPICS, take) as found:
        wait_for(lambda: found.failure, 10, "its end")
        assert isinstance(found.failure, BrokenPipeError)
