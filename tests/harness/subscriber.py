"""A stranger who subscribes: paho in a thread of its own, everything kept with its arrival."""

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edgepose.messages import json_format, packed
from edgepose.messages.pose import Pose
from tests.harness.valid import Checker
from tests.harness.wait import wait_for


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came; `at_ns` is CLOCK_BOOTTIME."""

    topic: str
    payload: bytes
    retain: bool
    at_ns: int
    properties: Any
    qos: int


class Subscriber:
    """Subscribes to everything below `topics` and keeps it.

    What comes is held to the contract that subscribers are given, and the first fault is raised by
    `close`; `lawless` lets all pass, for tests that speak for a device themselves.
    """

    def __init__(
        self,
        port: int,
        topics: str = "edgepose/#",
        *,
        username: str | None = None,
        password: str | None = None,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        lawless: bool = False,
    ) -> None:
        self.messages: list[Received] = []
        self._checker = None if lawless else Checker(asked_qos=1)
        self._fault: AssertionError | None = None
        self._v5 = protocol == MQTTProtocolVersion.MQTTv5
        self._topics = topics
        self._ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        if username is not None:
            self._client.username_pw_set(username, password)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(10), "the broker did not confirm the subscription"

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(self._topics, qos=1)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: Any) -> None:
        self.messages.append(
            Received(
                message.topic,
                message.payload,
                message.retain,
                time.clock_gettime_ns(time.CLOCK_BOOTTIME),
                getattr(message, "properties", None),
                message.qos,
            )
        )
        if self._checker is None or self._fault is not None or not _is_a_device_s(message.topic):
            return
        try:
            self._checker.check(
                message.topic,
                message.payload,
                bool(message.retain),
                message.qos,
                message.properties if self._v5 else None,
            )
        except AssertionError as fault:
            # Here, on paho's thread, nobody would see it.
            self._fault = fault

    def on(self, suffix: str) -> list[Received]:
        """What came on the topics that end with `suffix`, so far."""
        return [m for m in list(self.messages) if m.topic.endswith(suffix)]

    def poses(self) -> list[Pose]:
        """The decoded json stream so far."""
        return [json_format.decode(m.payload) for m in self.on("/pose")]

    def numbers(self, device: str = "") -> list[tuple[int, int]]:
        """`seq` and `frame` of each pose so far, in whatever format it came; of one device, where
        it is named."""
        json_poses = [json.loads(m.payload) for m in self.on(f"{device}/pose")]
        packed_poses = [packed.decode(m.payload) for m in self.on(f"{device}/pose/packed")]
        return [(pose["seq"], pose["frame"]) for pose in json_poses] + [
            (pose.seq, pose.frame) for pose in packed_poses
        ]

    def packed(self) -> list[Pose]:
        """The decoded packed stream so far."""
        return [packed.decode(m.payload) for m in self.on("/pose/packed")]

    def healths(self) -> list[dict[str, Any]]:
        """The health messages so far."""
        return [json.loads(m.payload) for m in self.on("/health")]

    def configs(self, first: int = 0) -> list[dict[str, Any]]:
        """The reports on the config so far, from one on; what takes a retained one back is none."""
        # Home Assistant's discovery topic ends so, too.
        ours = [m for m in self.on("/config") if not m.topic.startswith("homeassistant/")]
        reports = [m.payload for m in ours if m.payload]
        return [json.loads(payload) for payload in reports[first:]]

    def availability(self) -> list[str]:
        """What availability said so far."""
        return [m.payload.decode() for m in self.on("/availability")]

    def wait_poses(self, count: int, limit_s: float = 40) -> list[Pose]:
        """Wait for so many poses of the json stream in all."""
        wait_for(lambda: len(self.on("/pose")) >= count, limit_s, f"{count} poses")
        return self.poses()

    def publish(self, topic: str, payload: bytes = b"", *, retain: bool = False) -> None:
        """Publish with QoS 1 and wait until the broker has it."""
        self._client.publish(topic, payload, 1, retain).wait_for_publish(10)

    def ask(self) -> None:
        """Wait until the broker has sent what it had to send: it answers in order."""
        answered = threading.Event()
        self._client.on_unsubscribe = lambda *_: answered.set()
        self._client.unsubscribe("nobody/publishes/here")
        assert answered.wait(10), "the broker did not answer"
        self._client.on_unsubscribe = None

    def close(self) -> None:
        """Disconnect."""
        leave(self._client)
        # The client and its callbacks hold each other; what it has open is closed as it goes.
        self._client.on_connect = self._client.on_subscribe = self._client.on_message = None
        if self._fault is not None:
            raise self._fault

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if value is not None:
            # What the test has seen comes first.
            self._fault = None
        self.close()


def leave(client: paho.Client) -> None:
    """Disconnect, and wait for the end of paho's thread."""
    client.disconnect()
    # It ends by itself after that, and may do so while paho looks at it.
    with contextlib.suppress(AttributeError):
        client.loop_stop()


def _is_a_device_s(topic: str) -> bool:
    """Whether it is a daemon's topic, and not a mark that a test has set for itself."""
    return topic.startswith("homeassistant/device/") or (
        topic.startswith("edgepose/") and topic.count("/") >= 2
    )
