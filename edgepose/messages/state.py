"""The message on `/state`: who is there, debounced. Retained; sent on change and every 60 s."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from edgepose.messages.doc import Doc
from edgepose.messages.plain import ABSENT, TIME, Absent
from edgepose.messages.pose import Posture

VERSION: Final = 1

Camera = Literal["ok", "missing", "stalled", "frozen", "dark", "covered", "off"]
"""How the camera is. Frozen gives the same picture to the last bit again and again. Dark is no
problem: it is dark every night. Off is a paused device's."""
Clock = Annotated[
    Literal["unset"] | Absent,
    Doc("Only there while the device's clock is not set: times then mean nothing."),
]


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who is there."""

    id: Annotated[int, Doc("Lives as long as the person stays in view.", minimum=1)]
    posture: Annotated[Posture, Doc("What the person does; unknown where it is not known.")]
    since: Annotated[str, Doc("When the person was noticed.", **TIME)]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Who is there. What is not known is null."""

    v: Annotated[Literal[1], Doc("Version of this message.")] = VERSION
    time: Annotated[str, Doc("When this was said.", **TIME)]
    presence: Annotated[
        bool | None, Doc("Whether somebody is there; null while paused or the camera is not ok.")
    ]
    count: Annotated[int | None, Doc("How many people are there; null as presence.", minimum=0)]
    people: Annotated[tuple[Present, ...] | None, Doc("Who they are; null as presence.")]
    zones: Annotated[Mapping[str, Any], Doc("Reserved, empty.")] = field(default_factory=dict)
    paused: Annotated[bool, Doc("Whether detection was paused by a command.")]
    camera: Annotated[Camera | None, Doc("How the camera is; null before its first frame.")]
    clock: Clock = ABSENT
