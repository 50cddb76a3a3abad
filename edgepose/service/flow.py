"""The life of a frame in the daemon: observation in, pose message out, fate told.

Runs on the daemon's loop, for each observation from its arrival to the socket.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, Literal

from edgepose.messages import json_format, packed
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Pose
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


class Flow:
    """Turns observations into poses, in the `formats` that are wanted now.

    `latencies_ms` are capture to encoding, newest last.
    """

    def __init__(self, scene: Scene, client: Client, formats: Sequence[Format] = ()) -> None:
        self.latencies_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self.formats = formats
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
        expected = self._client.stream_fate()
        if expected != "published":
            # Spares the encoding of what is dropped.
            return expected
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
        fate = self._client.stream(self._message(pose, name) for name in self.formats)
        if fate != "published":
            return fate
        self.newest_seq = self._seq
        self._seq = (self._seq + 1) % SEQ_WRAPS
        self._scene.said(people, now_ns)
        self.latencies_ms.append(pose.latency_ms)
        return fate

    def _message(self, pose: Pose, name: Format) -> Message:
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
        return POSE.message(topic, payload, kind)
