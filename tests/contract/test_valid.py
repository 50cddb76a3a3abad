"""The check of what a daemon sends notices each way of not keeping the contract."""

import json
import queue
import re
import threading
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edgepose.contract import examples
from edgepose.contract.seen import POSES
from edgepose.messages import json_format, packed
from edgepose.mqtt import delivery
from edgepose.mqtt.topics import Topics
from tests.harness.broker import Broker
from tests.harness.published import channel_of
from tests.harness.subscriber import leave
from tests.harness.valid import EVERY, Checker

TOPICS = Topics("edgepose", "hallway")
POSE = POSES["Somebody stands there"]
STATE = examples.STATE["Somebody is there"]
HEALTH = examples.HEALTH["Hot, and so a bit slow"]


def properties(content_type: str | None = None, expiry: int | None = None) -> Properties:
    made = Properties(PacketTypes.PUBLISH)
    if content_type is not None:
        made.ContentType = content_type
    if expiry is not None:
        made.MessageExpiryInterval = expiry
    return made


def check(topic: str, value: Any, *, retain: bool = False, qos: int = 1, **how: Any) -> None:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    Checker(asked_qos=1).check(topic, payload, retain, qos, how.get("properties"))


def pose(checker: Checker, payload: bytes) -> None:
    kind = properties(json_format.CONTENT_TYPE, 3)
    checker.check(TOPICS.pose, payload, False, 0, kind)


def test_what_keeps_the_contract_passes() -> None:
    check(TOPICS.availability, b"online", retain=True, properties=properties())
    for state in examples.STATE.values():
        check(TOPICS.state, state, properties=properties())
    for event in examples.EVENT.values():
        check(TOPICS.event, event)
    check(TOPICS.health, HEALTH, retain=True)
    for config in examples.CONFIG.values():
        check(TOPICS.config, config)
    for result in examples.RESULT.values():
        check(TOPICS.result("set"), result)
        check(TOPICS.result("no-such-command"), result)
    for found in examples.DISCOVERY.values():
        check(TOPICS.discovery, found, retain=True)
    pose(Checker(), json_format.encode(POSE))
    kind = properties(packed.CONTENT_TYPE, 0)
    check(TOPICS.pose_packed, packed.encode(POSE), qos=0, properties=kind)


@pytest.mark.parametrize(
    ("topic", "value", "told"),
    [
        (TOPICS.availability, b"gone", "'gone' is not one of"),
        (TOPICS.availability, b"\xff", "decode"),
        (TOPICS.state, b"{", "Expecting"),
        (TOPICS.event, b"", "Expecting value"),
        (TOPICS.state, {**STATE, "count": None, "v": 2}, r"\$\.v: 1 was expected"),
        (TOPICS.state, {**STATE, "mood": "good"}, "'mood' was unexpected"),
        (TOPICS.state, {**STATE, "people": [{"id": 1}]}, r"\$\.people\[0\]"),
        (TOPICS.state, {**STATE, "time": "2026-11-22 08:40:03.120Z"}, "date-time"),
        (TOPICS.state, {**STATE, "time": "2026-11-22T08:40:03.120+00:00"}, "date-time"),
        (TOPICS.state, {**STATE, "time": "2026-13-22T08:40:03.120Z"}, "date-time"),
        (TOPICS.health, {**HEALTH, "rate": {"camera": float("nan"), "pose": 1}}, "NaN"),
        (TOPICS.health, {**HEALTH, "counters": {"captured": 1.5}}, "counters.captured"),
        (TOPICS.discovery, {"device": {}}, "'origin' is a required property"),
        (TOPICS.result("set"), {"ok": True}, "required property"),
    ],
)
def test_another_payload_is_told_with_its_place(topic: str, value: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=f"^{re.escape(topic)} .*{told}"):
        check(topic, value)


@pytest.mark.parametrize("topic", TOPICS.retained)
def test_nothing_takes_back_what_was_retained(topic: str) -> None:
    check(topic, b"")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"qos": 0}, "QoS 0, not 1"),
        ({"qos": 2}, "QoS 2, not 1"),
        ({"properties": properties(expiry=3)}, "message expiry 3"),
        ({"properties": properties("text/plain")}, "content type text/plain"),
        ({"retain": True}, "was retained"),
    ],
)
def test_another_way_of_sending_is_told(how: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check(TOPICS.event, examples.EVENT["Somebody came"], **how)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (properties(json_format.CONTENT_TYPE), "message expiry None"),
        (properties(json_format.CONTENT_TYPE, 4), "message expiry 4"),
        (properties(None, 3), "content type None"),
        (properties(packed.CONTENT_TYPE, 3), "content type application/vnd"),
    ],
)
def test_so_it_is_with_a_pose(kind: Properties, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check(TOPICS.pose, json_format.encode(POSE), qos=0, properties=kind)


def test_a_subscriber_gets_no_more_than_it_asked_for() -> None:
    state = json.dumps(STATE).encode()
    Checker(asked_qos=0).check(TOPICS.state, state, False, 0, None)
    with pytest.raises(AssertionError, match="QoS 1, not 0"):
        Checker(asked_qos=0).check(TOPICS.state, state, False, 1, None)


def test_retain_as_published_shows_what_was_not_retained() -> None:
    state = json.dumps(STATE).encode()
    with pytest.raises(AssertionError, match="was not retained"):
        Checker(1, as_published=True).check(TOPICS.state, state, False, 1, None)
    Checker(1, as_published=True).check(TOPICS.state, state, True, 1, None)


@pytest.mark.parametrize("topic", ["edgepose/hallway/mood", "edgepose/hallway", TOPICS.probe])
def test_a_topic_of_which_nobody_was_told_is_a_fault(topic: str) -> None:
    with pytest.raises(AssertionError, match="no such topic"):
        check(topic, b"{}")


def test_a_command_is_somebody_elses() -> None:
    check(TOPICS.command("pause"), b"{", retain=True)


def test_an_answer_goes_where_it_was_asked_for() -> None:
    checker = Checker(1, replies=["answers/1"])
    done = json.dumps(examples.RESULT["Done"]).encode()
    checker.check("answers/1", done, False, 1, None)
    with pytest.raises(AssertionError, match=r"answers/1 \(commandReply\)"):
        checker.check("answers/1", b"{}", False, 1, None)


def test_what_home_assistant_is_told_is_no_config() -> None:
    assert channel_of(TOPICS.discovery).name == "discovery"
    assert channel_of(Topics("home/edgepose", "config").config).name == "config"


def test_a_pose_of_another_look_is_looked_at_whole() -> None:
    checker = Checker()
    good = json_format.encode(POSE)
    pose(checker, good)
    body = json.loads(good)
    with pytest.raises(AssertionError, match="'mood' was unexpected"):
        pose(checker, json.dumps({**body, "mood": 1}).encode())
    body["people"][0]["mood"] = 1
    with pytest.raises(AssertionError, match="'mood' was unexpected"):
        pose(checker, json.dumps(body).encode())


def test_one_pose_in_so_many_is_looked_at_whole_and_each_is_decoded() -> None:
    checker = Checker()
    # The decoder lets this one pass, the schema does not.
    body = {**json.loads(json_format.encode(POSE)), "latency_ms": -1}
    for number in range(EVERY + 1):
        if number in (0, EVERY):
            with pytest.raises(AssertionError, match="latency_ms"):
                pose(checker, json.dumps(body).encode())
        pose(checker, json_format.encode(POSE))
    with pytest.raises(AssertionError, match="not JSON"):
        pose(checker, b"{")


def test_packed_bytes_are_decoded() -> None:
    with pytest.raises(AssertionError, match="31 bytes"):
        check(TOPICS.pose_packed, packed.encode(POSE)[:31], qos=0)


@pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311])
def test_it_takes_messages_as_a_broker_hands_them_on(
    broker: Broker, version: MQTTProtocolVersion
) -> None:
    state, event = examples.STATE["Somebody is there"], examples.EVENT["Somebody came"]
    sent = [
        delivery.STATE.message(TOPICS.state, json.dumps(state).encode()),
        delivery.EVENT.message(TOPICS.event, json.dumps(event).encode()),
        delivery.POSE.message(TOPICS.pose_packed, packed.encode(POSE), packed.CONTENT_TYPE),
        delivery.POSE.message(TOPICS.pose, json_format.encode(POSE), json_format.CONTENT_TYPE),
        delivery.AVAILABILITY.message(TOPICS.availability, delivery.ONLINE),
    ]
    v5 = version == MQTTProtocolVersion.MQTTv5
    got: queue.Queue[MQTTMessage] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, protocol=version)
    ready = threading.Event()
    client.on_message = lambda _client, _userdata, message: got.put(message)
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    for message in sent:
        if message.retain:
            client.publish(message.topic, message.payload, message.qos, True).wait_for_publish(10)
    client.subscribe("edgepose/#", 1)
    assert ready.wait(10)
    for message in sent:
        how = properties(message.content_type, message.expiry_s) if v5 else None
        client.publish(message.topic, message.payload, message.qos, message.retain, how)
    checker = Checker(asked_qos=1)
    waited = sum(message.retain for message in sent)
    for number in range(waited + len(sent)):
        found = got.get(timeout=10)
        assert found.retain == (number < waited)
        told = found.properties if v5 else None
        checker.check(found.topic, bytes(found.payload), found.retain, found.qos, told)
    leave(client)
    client.on_message = client.on_subscribe = None
