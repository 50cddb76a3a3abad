"""Messages as a broker hands them over, for an inbox."""

import json
import time
from collections.abc import Mapping
from typing import Any

from edgepose.messages.notice import Notice
from edgepose.messages.plain import encode
from edgepose.mqtt.topics import Topics
from edgepose.terminal.arrival import Arrival, Kind, Sorter, read
from edgepose.terminal.inbox import Inbox

TOPICS = Topics("edgepose", "tested")
NOTICE: dict[str, Any] = json.loads(
    encode(
        Notice(
            time="2026-11-24T14:02:07.914Z",
            camera_picture=("live", "snapshot"),
            snapshots=2,
            last_snapshot="2026-11-24T13:47:18.004Z",
        )
    )
)
"""That pictures can be had, as a device says it."""


def now_us() -> int:
    """Unix time."""
    return time.time_ns() // 1000


class Post:
    """An inbox with the sorter before it."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.sorter = Sorter(TOPICS.base)

    def put(self, topic: str, payload: bytes, *, retained: bool = False) -> Arrival | None:
        """Let a message arrive."""
        arrival = self.sorter.sort(topic, payload, now_us(), retained)
        if arrival is not None:
            self.inbox.take(arrival)
        return arrival


def said(kind: Kind, body: Mapping[str, Any] | str, device: str = "tested") -> Arrival:
    """A message about a device, read."""
    payload = body if isinstance(body, str) else json.dumps(body)
    return read(Arrival(device, kind, payload.encode(), now_us()))


def state(presence: bool | None, count: int | None, **more: Any) -> dict[str, Any]:
    """A state message."""
    body = {"v": 1, "presence": presence, "count": count, "paused": False, "camera": "ok"}
    return {**body, **more}
