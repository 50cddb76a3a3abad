"""A device called Hallway, what it announces, and what it says: the real messages."""

import json
from typing import Any

from edgepose.config.device import Identity
from edgepose.home_assistant.message import device_message
from edgepose.messages.happening import EventType, Happening, Reasons
from edgepose.messages.plain import encode
from edgepose.messages.report import Events, Health, Latency, Memory, Rate, Restarts
from edgepose.messages.state import Camera, Present, State
from edgepose.mqtt.topics import Topics

TOPICS = Topics("edgepose", "hallway")
TIME = "2026-11-22T08:40:03.120Z"
COUNTERS = {
    "captured": 90_000,
    "paced": 100,
    "busy": 44_000,
    "refused": 1,
    "engine_lost": 2,
    "link_full": 3,
    "crashed": 4,
    "observed": 45_889,
    "in_flight": 1,
    "published": 45_000,
    "offline": 500,
    "backpressure": 60,
    "unchanged": 322,
    "stale": 7,
}


PAGE = "http://hallway.local:8474/"


def message(
    name: str = "Hallway",
    id: str = "hallway",
    version: str = "0.1.0",
    *,
    commands: bool = True,
    page: str | None = PAGE,
) -> dict[str, Any]:
    """What is announced of a device, as it comes out of its JSON."""
    topics = Topics("edgepose", id)
    made = device_message(Identity(id, name), topics, version, commands=commands, page=page)
    read: dict[str, Any] = json.loads(json.dumps(made, allow_nan=False))
    return read


def state(
    count: int | None = 1, camera: Camera | None = "ok", *, paused: bool = False
) -> dict[str, Any]:
    """A message of `/state`; `count` None: it is not known who is there."""
    people = tuple(Present(17 + number, "unknown", TIME) for number in range(count or 0))
    known = count is not None
    return _read(
        State(
            time=TIME,
            presence=bool(people) if known else None,
            count=count,
            people=people if known else None,
            paused=paused,
            camera=camera,
        )
    )


def entered(*, late: bool = False) -> dict[str, Any]:
    """A message of `/event`: somebody came."""
    return _happening("entered", Reasons(visible_s=0.6, confidence=0.97), late=late)


def left() -> dict[str, Any]:
    """A message of `/event`: somebody went."""
    return _happening("left", Reasons(unseen_s=30.1))


def health(**other: Any) -> dict[str, Any]:
    """A message of `/health`, with `other` in it."""
    said: dict[str, Any] = {
        "time": TIME,
        "status": "ok",
        "why": (),
        "camera": "ok",
        "sensor": "imx708",
        "mode": None,
        "engine": "litert",
        "engine_why": None,
        "model": "full",
        "model_why": None,
        "rate": Rate(30.0, 14.8),
        "latency_ms": Latency(41.2, 63.0),
        "counters": COUNTERS,
        "events": Events(0, 0),
        "restarts": Restarts(2, "camera stalled"),
        "last_frame_s": 0.04,
        "temperature_c": 61.2,
        "throttled": (),
        "memory_mb": Memory(58, 231),
        "clock": "ok",
        "run": "9f3c",
        "installation": "ab12",
        "versions": {"edgepose": "0.1.0"},
    }
    return _read(Health(**{**said, **other}))


def _happening(event_type: EventType, reasons: Reasons, *, late: bool = False) -> dict[str, Any]:
    return _read(
        Happening(event_type=event_type, time=TIME, id=17, seq=48190, reasons=reasons, late=late)
    )


def _read(made: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(encode(made))
    return read
