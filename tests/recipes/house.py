"""A house for the Node-RED flow: its broker, the flow, and what devices say there.

Owns no process; `wait_...` block the test's thread and raise AssertionError after a time.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgepose.messages import COCO17_INDICES, Pose, SetName, json_format, plain
from edgepose.messages.happening import EventType, Happening, Reasons
from edgepose.messages.state import State
from tests.harness.broker import Broker
from tests.harness.node_red import NodeRed
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.messages.poses import a_pose, seen

RECIPES: Final = Path(__file__).resolve().parents[2] / "config" / "recipes"
NOSE: Final = 0
_TIME: Final = "2026-11-22T08:39:58.020Z"
_HANDS: Final = {
    ("left", "blazepose33"): (11, 15),
    ("right", "blazepose33"): (12, 16),
    ("left", "coco17"): (5, 9),
    ("right", "coco17"): (6, 10),
}
"""Shoulder and wrist."""


@dataclass(frozen=True)
class House:
    """A broker, the flow beside it, and a stranger who says and hears everything."""

    broker: Broker
    red: NodeRed
    stranger: Subscriber

    def say(self, device: str, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Say something as a device."""
        self.stranger.publish(f"edgepose/{device}/{topic}", payload, retain=retain)

    def pose(self, device: str, pose: Pose) -> None:
        """Say on /pose what a device sees."""
        self.say(device, "pose", json_format.encode(pose))

    def made(self, device: str, what: str) -> list[Any]:
        """What the flow has made of a device so far; None is what it does not know."""
        found = self.stranger.on(f"node-red/{device}/{what}")
        return [None if m.payload == b"unknown" else json.loads(m.payload) for m in found]

    def wait_some(self, device: str, what: str, count: int = 1) -> None:
        """Wait until the flow has made so many things of a device."""
        wait_for(
            lambda: len(self.made(device, what)) >= count, 30, f"{device}/{what}: {self.red.log}"
        )

    def wait_made(self, device: str, what: str, expected: list[Any]) -> None:
        """Wait until the flow has made as many things of a device as are expected."""
        self.wait_some(device, what, len(expected))
        assert self.made(device, what) == expected

    def wait_poses(self, device: str) -> None:
        """Wait until the flow has heard all poses of a device: it takes them in order."""
        self.pose(f"{device}-last", pose("left"))
        self.wait_some(f"{device}-last", "hand_raised")

    def wait_subscribed(self, what: str, topic: str, payloads: Iterable[bytes]) -> None:
        """Say the payloads again and again until the flow makes something of them.

        Node-RED does not tell that the broker has taken its subscriptions.
        """

        def heard() -> bool:
            for payload in payloads:
                self.say("first", topic, payload)
            return bool(self.made("first", what))

        wait_for(heard, 20, f"{topic} is heard; {self.red.log}", step_s=0.2)


def state(presence: bool | None) -> bytes:
    """A message on /state."""
    count = None if presence is None else int(presence)
    people = None if presence is None else ()
    return plain.encode(
        State(time=_TIME, presence=presence, count=count, people=people, paused=False, camera="ok")
    )


def event(kind: EventType, who: int, *, late: bool = False) -> bytes:
    """A message on /event."""
    reasons = Reasons(visible_s=0.6)
    return plain.encode(
        Happening(event_type=kind, time=_TIME, id=who, seq=7, reasons=reasons, late=late)
    )


def pose(
    *raised: str,
    at_s: float = 0,
    name: SetName = "blazepose33",
    visibility: float = 1,
    height: float = 0.1,
) -> Pose:
    """One person, whose `raised` hands are so much above the nose; the others hang down."""
    person = seen("standing")
    rows = list(person.landmarks)
    if name == "coco17":
        rows = [rows[i] for i in COCO17_INDICES]
    for (hand, of), (shoulder, wrist) in _HANDS.items():
        if of == name:
            y = rows[NOSE].y - height if hand in raised else rows[shoulder].y + 0.3
            rows[wrist] = rows[wrist]._replace(y=y, visibility=visibility)
    seen_now = a_pose(replace(person, landmarks=tuple(rows), world=()), name=name)
    return replace(seen_now, unix_us=seen_now.unix_us + int(at_s * 1e6))
