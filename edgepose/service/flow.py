"""The life of a frame in the daemon: observation in, pose message out, fate told.

Runs on the daemon's loop, for each observation from its arrival to the socket.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from edgepose.messages import json_format, packed
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Person, Pose
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import POSE
from edgepose.mqtt.settings import Message
from edgepose.scene.scene import Scene
from edgepose.service.clock import boottime_ns, is_unset, unix_us
from edgepose.service.counters import Fate

_REMEMBERED: Final = 4096
"""Delays kept for the percentiles; more than health asks for in its interval."""

SEQ_WRAPS: Final = 1 << 32
"""`seq` and `frame` are u32 in the packed format, and the same in both."""

Format = Literal["json", "packed"]


class Onlookers(Protocol):
    """Who sees poses beside the broker, after it and whether it is there or not."""

    @property
    def looked_at(self) -> bool:
        """Whether there is anybody."""

    def see(self, pose: Pose, people: tuple[Person, ...], payload: bytes | None) -> None:
        """Look at this. `people`: the pose's with all 33 landmarks; `payload`: the pose in the json
        format, where it was encoded."""


class Flow:
    """Turns observations into poses, in the `formats` that are wanted now.

    `latencies_ms` are capture to encoding, newest last. `onlookers` may be set at any time.
    """

    def __init__(self, scene: Scene, client: Client, formats: Sequence[Format] = ()) -> None:
        self.latencies_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self.formats = formats
        self.onlookers: Onlookers | None = None
        self._scene = scene
        self._client = client
        self._seq = 0
        self.newest_seq: int | None = None
        """`seq` of the newest pose that was published."""

    def observe(self, observation: Observation) -> Fate:
        """Publish what is new in an observation; what became of it."""
        now_ns = boottime_ns()
        people = self._scene.observe(observation, now_ns)
        if people is None:
            return "unchanged"
        fate: Fate = self._client.stream_fate()
        onlookers = self.onlookers
        if onlookers is not None and not onlookers.looked_at:
            onlookers = None
        if fate != "published" and onlookers is None:
            # Spares the encoding of what is dropped.
            return fate
        at_us = unix_us(observation.captured_ns)
        pose = Pose(
            seq=self._seq,
            frame=observation.frame,
            unix_us=at_us,
            latency_ms=(boottime_ns() - observation.captured_ns) / 1e6,
            size=observation.size,
            people=people,
            set=self._scene.view.landmarks,
            mirrored=self._scene.view.mirror,
            clock_unset=is_unset(at_us),
            first=self.newest_seq is None,
        )
        sent: dict[Format, Message] = {}
        if fate == "published":
            fate = self._client.stream(self._message(pose, name, sent) for name in self.formats)
        if fate == "published":
            self.newest_seq = self._seq
            self._seq = (self._seq + 1) % SEQ_WRAPS
            self._scene.said(people, now_ns)
            self.latencies_ms.append(pose.latency_ms)
        if onlookers is not None:
            encoded = sent.get("json")
            payload = None if encoded is None else encoded.payload
            onlookers.see(pose, self._scene.whole(), payload)
        return fate

    def _message(self, pose: Pose, name: Format, sent: dict[Format, Message]) -> Message:
        """The pose in one format, noted in `sent`."""
        if name == "packed":
            topic, payload, kind = (
                self._client.topics.pose_packed,
                packed.encode(pose),
                packed.CONTENT_TYPE,
            )
        else:
            topic, payload, kind = (
                self._client.topics.pose,
                json_format.encode(pose),
                json_format.CONTENT_TYPE,
            )
        message = sent[name] = POSE.message(topic, payload, kind)
        return message
