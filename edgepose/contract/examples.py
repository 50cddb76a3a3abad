"""Examples of messages: one afternoon of a device called hallway, told by the types. Pure.

Numbers are made up, and plausible.
"""

from typing import Any, Final

from edgepose import __version__
from edgepose.messages.command import Pause, Plain, Result
from edgepose.messages.happening import Happening, Reasons
from edgepose.messages.notice import Notice
from edgepose.messages.plain import as_json
from edgepose.messages.report import (
    Change,
    Config,
    Events,
    Health,
    Latency,
    Memory,
    Mistake,
    OpenFiles,
    Rate,
    Reload,
    Restarts,
)
from edgepose.messages.state import Present, State

Examples = dict[str, Any]
"""Payloads by what they show."""

_CAME: Final = "2026-11-22T08:39:58.020Z"
_NOW: Final = "2026-11-22T08:40:03.120Z"
_GONE: Final = "2026-11-22T08:52:40.900Z"

STATE: Final[Examples] = {
    "Somebody is there": as_json(
        State(
            time=_NOW,
            presence=True,
            count=1,
            people=(Present(id=17, posture="unknown", since=_CAME),),
            paused=False,
            camera="ok",
        )
    ),
    "Nobody is there": as_json(
        State(time=_GONE, presence=False, count=0, people=(), paused=False, camera="ok")
    ),
    "Paused, so it is not known": as_json(
        State(time=_GONE, presence=None, count=None, people=None, paused=True, camera="off")
    ),
}

EVENT: Final[Examples] = {
    "Somebody came": as_json(
        Happening(
            event_type="entered",
            time=_CAME,
            id=17,
            seq=48190,
            reasons=Reasons(visible_s=0.6, confidence=0.97),
        )
    ),
    "Somebody left while the broker was away": as_json(
        Happening(
            event_type="left",
            time=_GONE,
            id=17,
            seq=53008,
            reasons=Reasons(unseen_s=30.1),
            late=True,
        )
    ),
}

HEALTH: Final[Examples] = {
    "Hot, and so a bit slow": as_json(
        Health(
            time=_NOW,
            status="degraded",
            why=("hot: the processor slows down",),
            camera="ok",
            sensor="imx708",
            mode="2304x1296 10 bit",
            engine="litert",
            engine_why="mediapipe aborts: no LSE",
            model="full",
            model_why=None,
            rate=Rate(camera=30.0, pose=14.8, wanted=15.0),
            latency_ms=Latency(p50=41.2, p99=63.0),
            counters={
                "captured": 51_890,
                "paced": 0,
                "busy": 26_270,
                "refused": 0,
                "engine_lost": 0,
                "link_full": 0,
                "crashed": 2,
                "observed": 25_617,
                "in_flight": 1,
                "published": 25_301,
                "offline": 0,
                "backpressure": 0,
                "unchanged": 316,
                "stale": 0,
            },
            events=Events(waiting=0, dropped=0),
            restarts=Restarts(
                vision=2,
                last="camera stalled: no frame for 3.1 s",
                causes={"capture_stalled": 1, "signal": 1},
            ),
            last_frame_s=0.04,
            temperature_c=81,
            throttled=("soft_temperature_limit",),
            memory_mb=Memory(daemon=58, vision=231, limit=950),
            open_files=OpenFiles(daemon=14, vision=41),
            clock="ok",
            run="9f3c",
            installation="5d01c8",
            versions={"edgepose": __version__},
        )
    ),
}

_RATE: Final = Change(key="camera.rate", old=30, new=15, cost="rebuild-vision")
CONFIG: Final[Examples] = {
    "Accepted": as_json(
        Config(
            time=_NOW,
            running="3f9a41c7",
            on_disk="3f9a41c7",
            last=Reload(
                time=_NOW,
                from_="file",
                result="accepted",
                changes=(_RATE,),
                errors=(),
                more_errors=0,
            ),
            config={"camera": {"rate": 15}, "mqtt": {"host": "localhost"}},
        )
    ),
    "Refused, so the old one still runs": as_json(
        Config(
            time=_NOW,
            running="3f9a41c7",
            on_disk="77c1e2d0",
            last=Reload(
                time=_NOW,
                from_="file",
                result="refused",
                changes=(),
                errors=(
                    Mistake(
                        line=4, column=3, key="camera.ratte", message="unknown key", nearest="rate"
                    ),
                ),
                more_errors=0,
            ),
            config={"camera": {"rate": 15}, "mqtt": {"host": "localhost"}},
            set={"health.interval": 10},
        )
    ),
}

NOTICE: Final[Examples] = {
    "On the live page, and by the command snapshot": as_json(
        Notice(
            time=_NOW,
            camera_picture=("live", "snapshot"),
            snapshots=2,
            last_snapshot=_CAME,
        )
    ),
}

PLAIN: Final[Examples] = {
    "No more to say": as_json(Plain()),
    "Told from others": as_json(Plain(id="a1")),
}
PAUSE: Final[Examples] = {
    "Close the camera": as_json(Pause(id="a1")),
    "Open it again": as_json(Pause(paused=False)),
}
RESULT: Final[Examples] = {
    "Done": as_json(Result(ok=True, id="a1")),
    "Not done": as_json(
        Result(
            ok=False,
            id="a1",
            error="out_of_range",
            message="health.interval: 0 is too small, allowed 1 to 3600 s",
        )
    ),
}

AVAILABILITY: Final[Examples] = {"It is there": "online", "It is not": "offline"}
BIRTH: Final[Examples] = {"Home Assistant has started": "online"}
DISCOVERY: Final[Examples] = {
    "The beginning of one": {
        "device": {"identifiers": ["edgepose_hallway"], "name": "Hallway"},
        "origin": {"name": "edgepose"},
        "components": {
            "presence": {
                "platform": "binary_sensor",
                "unique_id": "edgepose_hallway_presence",
                "device_class": "occupancy",
                "state_topic": "edgepose/hallway/state",
            }
        },
    }
}
