"""What the installer shows as its proof, and what the uninstaller takes away."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edgepose.config.load import load
from edgepose.messages import packed
from edgepose.messages.pose import Landmark, Person, Pose
from scripts.appliance.device import Heard, main
from tests.harness.broker import Broker
from tests.harness.subscriber import leave

ROOT = "edgepose/hall"
NOBODY = Pose(seq=0, frame=0, unix_us=1, latency_ms=1.0, size=(640, 480), set="coco17", people=())
SOMEBODY = Pose(
    seq=1,
    frame=1,
    unix_us=2,
    latency_ms=1.0,
    size=(640, 480),
    set="coco17",
    people=(Person(tuple(Landmark(0.5, 0.5, 0.0, 1.0, 1.0) for _ in range(17))),),
)


@pytest.fixture
def config(tmp_path: Path, broker: Broker) -> Path:
    path = tmp_path / "edgepose.yaml"
    path.write_text(f"device: {{id: hall}}\nmqtt: {{host: 127.0.0.1, port: {broker.port}}}\n")
    return path


@pytest.fixture
def publisher(broker: Broker) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    leave(client)


def keep(client: paho.Client, topic: str, payload: bytes) -> None:
    client.publish(f"{ROOT}/{topic}", payload, qos=1, retain=True).wait_for_publish(10)


@pytest.mark.slow
def test_the_proof_tells_who_is_there(
    config: Path, publisher: paho.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(publisher, "availability", b"online")
    done = threading.Event()

    def stream() -> None:
        while not done.wait(0.05):
            publisher.publish(f"{ROOT}/pose/packed", packed.encode(SOMEBODY))

    streaming = threading.Thread(target=stream)
    streaming.start()
    try:
        assert main("watch", str(config)) == 0
    finally:
        done.set()
        streaming.join()
    assert f"as {ROOT}: 1 person, " in capsys.readouterr().out


def message(topic: str, payload: bytes) -> paho.MQTTMessage:
    made = paho.MQTTMessage(topic=f"{ROOT}/{topic}".encode())
    made.payload = payload
    return made


def heard(config: Path, *messages: paho.MQTTMessage) -> Heard:
    watching = Heard(load(config))
    client: Any = None
    for each in messages:
        watching.on_message(client, None, each)
    return watching


def test_an_empty_room_is_a_proof_too(config: Path) -> None:
    watching = heard(config, message("pose/packed", packed.encode(NOBODY)))
    assert "nobody is in view" in watching.told()


def test_without_a_connection_the_broker_is_named(config: Path) -> None:
    watching = heard(config, message("availability", b"offline"))
    assert watching.missing("b:1") == "edgepose is not connected to the broker b:1"


def test_without_a_pose_the_device_s_own_reason_is_told(config: Path) -> None:
    health = message("health", b'{"v":1,"why":["camera missing"]}')
    watching = heard(config, message("availability", b"online"), health)
    assert watching.missing("b:1").endswith("camera missing")


def test_a_broker_out_of_reach_is_one_line(
    config: Path, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.stop()
    assert main("watch", str(config)) == 69
    assert "cannot be reached" in capsys.readouterr().err


def test_nothing_retained_is_left(config: Path, publisher: paho.Client) -> None:
    keep(publisher, "availability", b"offline")
    keep(publisher, "config", b"{}")
    keep(publisher, "health", b"{}")
    assert main("forget", str(config)) == 0
    topics: list[str] = []
    subscribed = threading.Event()
    publisher.on_message = lambda _client, _userdata, each: topics.append(each.topic)
    publisher.on_subscribe = lambda *_arguments: subscribed.set()
    publisher.subscribe(f"{ROOT}/#")
    assert subscribed.wait(10)
    # The broker sends what it has kept before it answers a later message.
    keep(publisher, "marker", b"last")
    assert {topic for topic in topics if not topic.endswith("marker")} == set()
