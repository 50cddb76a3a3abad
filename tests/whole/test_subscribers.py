"""What subscribers get of a running daemon: a whole picture, and an answer to each command.

Each message that comes is held to the contract by the subscriber itself.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edgepose.messages.command import NAMES
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message, Settings
from edgepose.mqtt.topics import Topics
from edgepose.translate import installation
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon
from tests.harness.site import Site, opened, text, wait_till
from tests.harness.subscriber import Received, Subscriber
from tests.harness.wait import wait_for
from tests.mqtt.drive import connected, drive, in_trouble, running, until

TOPICS: Final = Topics("edgepose", DEVICE)
BOTH: Final = [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311]
SHARED: Final = {"snapshot": {"camera_picture": True}}
FOREIGN: Final = "33334444"
AWAY_S: Final = 8.0
"""Longer than an event is news."""

pytestmark = pytest.mark.usefixtures("model_full")


def last(stranger: Subscriber, suffix: str) -> dict[str, Any]:
    """The newest message on a topic; empty while there is none."""
    body: dict[str, Any] = {}
    for message in stranger.on(suffix)[-1:]:
        body = json.loads(message.payload)
    return body


def wait_state(stranger: Subscriber, limit_s: float = 20, **wanted: Any) -> dict[str, Any]:
    """Wait until the newest state has these values."""

    def fits() -> dict[str, Any] | None:
        state = last(stranger, TOPICS.state)
        return state if wanted.items() <= state.items() else None

    return wait_for(fits, limit_s, f"a state with {wanted}")


def command(stranger: Subscriber, name: str, payload: bytes = b"") -> dict[str, Any]:
    """Send a command and wait for its result."""
    before = len(stranger.on(f"/command/{name}/result"))
    stranger.publish(TOPICS.command(name), payload)
    wait_for(lambda: len(stranger.on(f"/command/{name}/result")) > before, 20, f"{name}'s result")
    return last(stranger, f"/command/{name}/result")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A daemon that sees somebody, says all that one can say, and must be left so."""
    folder = tmp_path_factory.mktemp("site")
    with Broker(folder) as broker, opened(folder, broker, SHARED, topics="#") as site:
        wait_state(site.stranger, presence=True)
        yield site
        site.end()


def picture(port: int, protocol: MQTTProtocolVersion) -> dict[str, Received]:
    """What a subscriber who comes only now finds, without waiting for anything new."""
    with Subscriber(port, "#", protocol=protocol) as late:
        late.ask()
        return {m.topic: m for m in late.messages if m.retain}


def check_picture(found: dict[str, Received]) -> None:
    assert set(found) == set(TOPICS.retained)
    assert found[TOPICS.availability].payload == b"online"
    bodies = {topic: json.loads(m.payload) for topic, m in found.items() if m.payload[:1] == b"{"}
    state, health = bodies[TOPICS.state], bodies[TOPICS.health]
    assert (state["presence"], state["count"], state["camera"]) == (True, 1, "ok")
    assert len(state["people"]) == 1
    assert health["status"] in ("ok", "starting")
    assert bodies[TOPICS.config]["running"] == bodies[TOPICS.config]["on_disk"]
    assert TOPICS.state in json.dumps(bodies[TOPICS.discovery])


@pytest.mark.parametrize("protocol", BOTH)
def test_a_late_subscriber_gets_the_whole_picture(
    site: Site, protocol: MQTTProtocolVersion
) -> None:
    check_picture(picture(site.broker.port, protocol))


def test_state_and_event_agree(site: Site) -> None:
    (entered,) = [json.loads(m.payload) for m in site.stranger.on("/event")]
    (person,) = last(site.stranger, TOPICS.state)["people"]
    assert (entered["event_type"], entered["late"]) == ("entered", False)
    assert (entered["id"], entered["time"]) == (person["id"], person["since"])
    assert entered["reasons"]["visible_s"] >= 0.5
    # It was a pose of the stream that decided it, or the next one.
    ids = {pose.seq: [each.id for each in pose.people] for pose in site.stranger.poses()}
    assert entered["id"] in ids[entered["seq"]]


@pytest.mark.parametrize(
    ("name", "payload", "error"),
    [
        ("nope", b"", "unknown_command"),
        ("Pause", b"", "unknown_command"),
        ("pause", b"PRESS", "malformed"),
        ("pause", b"[]", "malformed"),
        ("pause", b'{"pause":true}', "malformed"),
        ("pause", b"\xff\xfe", "malformed"),
        ("resume", b'{"id":1.5}', "malformed"),
        ("restart-vision", b'{"id":[]}', "malformed"),
        ("announce", b"x" * 5000, "malformed"),
        ("set", b"{}", "malformed"),
        ("set", b'{"health.intervall":5}', "unknown_key"),
        ("set", b'{"health.interval":0}', "out_of_range"),
        ("set", b'{"health.interval":2,"camera.rate":5}', "not_live"),
    ],
)
def test_a_command_that_is_no_good_gets_its_name_and_changes_nothing(
    site: Site, name: str, payload: bytes, error: str
) -> None:
    before = last(site.stranger, TOPICS.config)["config"]
    result = command(site.stranger, name, payload)
    assert (result["ok"], result["error"]) == (False, error)
    assert result["message"]
    site.stranger.ask()
    assert last(site.stranger, TOPICS.config)["config"] == before
    assert last(site.stranger, TOPICS.state)["paused"] is False


def test_a_retained_command_is_not_done_and_clearing_it_neither(site: Site) -> None:
    answers = len(site.stranger.on("/result"))
    for payload in (b"{}", b""):
        site.stranger.publish(TOPICS.command("pause"), payload, retain=True)
    site.daemon.wait_log(f"{TOPICS.command('pause')} is retained")
    site.stranger.publish(TOPICS.command("announce"))
    wait_for(lambda: len(site.stranger.on("/result")) > answers, 10, "the next one's answer")
    assert [m.topic for m in site.stranger.on("/result")[answers:]] == [TOPICS.result("announce")]
    assert json.loads(site.stranger.on("/state")[-1].payload)["paused"] is False


def test_an_answer_goes_where_it_is_wanted(site: Site) -> None:
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic = "somebody/answers"
    properties.CorrelationData = b"\0\xff7"
    site.stranger._client.publish(TOPICS.command("announce"), b'{"id":7}', 1, properties=properties)
    wait_for(lambda: site.stranger.on("somebody/answers"), 10, "the answer")
    (answer,) = site.stranger.on("somebody/answers")
    assert json.loads(answer.payload) == {"v": 1, "ok": True, "id": 7}
    assert answer.properties.CorrelationData == b"\0\xff7"
    # Nobody makes it speak for itself.
    properties.ResponseTopic = TOPICS.availability
    result = TOPICS.result("announce")
    before = len(site.stranger.on(result))
    site.stranger._client.publish(TOPICS.command("announce"), b"", 1, properties=properties)
    wait_for(lambda: len(site.stranger.on(result)) > before, 10, "the answer")
    assert set(site.stranger.availability()) == {"online"}


def test_somebody_with_3_1_1_is_answered_beside_the_command(site: Site) -> None:
    with Subscriber(site.broker.port, protocol=BOTH[1]) as other:
        assert command(other, "announce", b'{"id":"a"}') == {"v": 1, "ok": True, "id": "a"}


def foreign(port: int) -> Client:
    """Another machine's, with the same name."""
    id = f"edgepose-{DEVICE}-{FOREIGN}"
    client = Client(Settings("127.0.0.1", port, id, installation=FOREIGN), TOPICS)
    health = json.dumps({"installation": FOREIGN}).encode()
    client.retain(Message(TOPICS.health, health, qos=1, retain=True))
    return client


@pytest.mark.parametrize("commands", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_daemon_keeps_its_name(site: Site, commands: bool) -> None:
    site.edit({**SHARED, "commands": {"enabled": commands}})
    before = len(site.stranger.on("/command/announce"))

    async def main() -> None:
        client = foreign(site.broker.port)
        async with running(client):
            trouble = await in_trouble(client, "is in use by another edgepose")
            assert installation() in trouble

    drive(main())
    site.stranger.ask()
    assert len(site.stranger.on("/command/announce")) == before + 1
    assert set(site.stranger.availability()) == {"online"}
    assert FOREIGN not in str(site.stranger.healths())
    site.edit(SHARED)


@pytest.mark.slow
def test_a_daemon_backs_off_and_takes_over(tmp_path: Path, broker: Broker) -> None:
    async def main() -> None:
        client = foreign(broker.port)
        client.listen(
            lambda topics: topics.command("announce"),
            lambda _received: client.announce(),
        )
        async with running(client):
            await connected(client)
            with Daemon(tmp_path, 0, file=file, environment=environment) as daemon:
                text = "edgepose/tested is in use by another edgepose (installation 33334444)"
                await until(lambda: text in daemon.log, "what is wrong")
                await until(lambda: daemon.vision_pid, "it works nevertheless")
                assert {m.topic for m in others.messages} == {
                    TOPICS.availability,
                    TOPICS.health,
                    TOPICS.command("announce"),
                }
                assert {m.payload for m in others.on("/health")} == {
                    b'{"installation": "33334444"}'
                }
                assert set(others.availability()) == {"online"}
                await client.close(1)
                # Of another installation, and gone.
                await until(lambda: others.availability()[-2:] == ["offline", "online"], "its turn")
                # By then what it has to say is there.
                assert others.on(TOPICS.state)
                assert await asyncio.to_thread(daemon.stop) == 0

    file = tmp_path / "edgepose.yaml"
    file.write_bytes(text(broker.port))
    environment = {"RUNTIME_DIRECTORY": str(tmp_path)}
    with Subscriber(broker.port, "edgepose/#", lawless=True) as others:
        drive(main())


@pytest.mark.slow
def test_edgepose_twice_says_so(tmp_path: Path, broker: Broker) -> None:
    """mosquitto ends the older connection without a word."""
    folder = tmp_path / "second"
    folder.mkdir()
    config = {"camera": {"scene": "empty"}}
    file = folder / "edgepose.yaml"
    file.write_bytes(text(broker.port, config))
    twice = "is edgepose running twice with this device.id?"
    with opened(tmp_path, broker, config) as site:
        wait_state(site.stranger, presence=False)
        run = last(site.stranger, TOPICS.health)["run"]
        with Daemon(folder, 0, file=file) as second:
            site.daemon.wait_log(twice)
            # One of them works on.
            site.wait_health(lambda health: health["run"] != run)
            assert second.stop() == 0
        assert twice not in second.log
        assert site.daemon.stop() == 0


@pytest.mark.slow
def test_a_broker_that_was_restarted_empty_has_it_all_again(site: Site) -> None:
    events = len(site.stranger.on("/event"))
    site.broker.stop()
    site.broker.start()
    wait_for(lambda: set(picture(site.broker.port, BOTH[0])) == set(TOPICS.retained), 20, "all")
    for protocol in BOTH:
        check_picture(picture(site.broker.port, protocol))
    # Who stays has not come again.
    site.fresh_poses(3)
    assert len(site.stranger.on("/event")) == events


@pytest.mark.slow
def test_what_happens_while_the_broker_is_away_comes_later(tmp_path: Path, broker: Broker) -> None:
    broker.stop()
    file = tmp_path / "edgepose.yaml"
    file.write_bytes(text(broker.port))
    with Daemon(tmp_path, 0, file=file) as daemon:
        daemon.wait_log("the first picture is looked at", 40)
        wait_till(time.monotonic() + AWAY_S)
        # It is not to come before the stranger does.
        os.kill(daemon.pid, signal.SIGSTOP)
        broker.start()
        with Subscriber(broker.port) as stranger:
            os.kill(daemon.pid, signal.SIGCONT)
            wait_for(lambda: last(stranger, TOPICS.event), 20, "the event")
            event, since = last(stranger, TOPICS.event), wait_state(stranger, presence=True)
            assert (event["event_type"], event["late"]) == ("entered", True)
            assert event["time"] == since["people"][0]["since"]
            assert event["time"] < since["time"]
            assert last(stranger, TOPICS.health)["events"]["dropped"] == 0
        assert daemon.stop() == 0


@pytest.mark.slow
def test_a_pause_outlives_the_daemon(tmp_path: Path, broker: Broker) -> None:
    with opened(tmp_path, broker) as site:
        wait_state(site.stranger, presence=True)
        assert command(site.stranger, "pause", b'{"id":"p"}') == {"v": 1, "ok": True, "id": "p"}
        # The answer comes when the camera is closed.
        assert site.daemon.vision_pids == []
        state = wait_state(site.stranger, paused=True, camera="off")
        assert (state["presence"], state["count"], state["people"]) == (None, None, None)
        restarted = command(site.stranger, "restart-vision")
        assert (restarted["ok"], restarted["error"]) == (False, "failed")
        assert [json.loads(m.payload)["event_type"] for m in site.stranger.on("/event")] == [
            "entered"
        ]
        site.end()
    with Subscriber(broker.port) as somebody:
        somebody.publish(TOPICS.command("resume"), b"{}", retain=True)
    with opened(tmp_path, broker) as site:
        site.daemon.wait_log(f"{TOPICS.command('resume')} is retained, which a command must not be")
        site.wait_health(lambda health: health["status"] == "paused")
        state = wait_state(site.stranger, paused=True, camera="off", presence=None)
        assert site.daemon.vision_pids == []
        assert site.stranger.on("/result") == []
        # A switch has one topic for both.
        assert command(site.stranger, "pause", b'{"paused":false}')["ok"]
        wait_state(site.stranger, paused=False, presence=True)
        site.end()
    assert json.loads((tmp_path / "state" / "config.json").read_text())["paused"] is False


@pytest.mark.slow
def test_commands_that_are_shut_off(tmp_path: Path, broker: Broker) -> None:
    with opened(tmp_path, broker, {"commands": {"enabled": False}}) as site:
        wait_for(lambda: last(site.stranger, TOPICS.state), 20, "a state")
        for name in (*NAMES, "nope"):
            result = command(site.stranger, name)
            assert (result["ok"], result["error"]) == (False, "disabled")
        assert "command" not in str(site.late("homeassistant/#"))
        site.end()
