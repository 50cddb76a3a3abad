"""The message on `/event`: somebody came or went. Not retained; kept while the broker is away."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from edgepose.messages.doc import Doc
from edgepose.messages.plain import ABSENT, TIME, Absent
from edgepose.messages.state import Clock

VERSION: Final = 1

EventType = Literal["entered", "left"]


@dataclass(frozen=True, slots=True)
class Reasons:
    """What made the device say so; only what applies is there."""

    visible_s: Annotated[
        float | Absent, Doc("entered: for how long the person had been seen.", unit="s")
    ] = ABSENT
    confidence: Annotated[
        float | Absent, Doc("entered: mean presence of the landmarks.", minimum=0, maximum=1)
    ] = ABSENT
    unseen_s: Annotated[
        float | Absent, Doc("left: for how long the person had not been seen.", unit="s")
    ] = ABSENT
    displaced_by: Annotated[
        int | Absent,
        Doc(
            "left: the id of somebody who is in view, where no more people can be told apart"
            " (detection.num_poses)."
        ),
    ] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that has happened."""

    v: Annotated[Literal[1], Doc("Version of this message.")] = VERSION
    event_type: Annotated[EventType, Doc("What has happened.")]
    time: Annotated[str, Doc("When it happened.", **TIME)]
    id: Annotated[int, Doc("Who it was, as in /state and /pose.", minimum=1)]
    seq: Annotated[
        int | None,
        Doc("The newest pose that was published by then; null before the first.", minimum=0),
    ]
    reasons: Annotated[Reasons, Doc("Why the device says so.")]
    late: Annotated[bool, Doc("Whether the broker was away meanwhile, so that this is old.")] = (
        False
    )
    clock: Clock = ABSENT
