"""The message on `/notice`: that the camera's pictures can be had. Retained while that is so."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from edgepose.messages.doc import Doc
from edgepose.messages.plain import ABSENT, TIME
from edgepose.messages.state import Clock

VERSION: Final = 1

Way = Literal["live", "snapshot"]
"""By which a picture gets out: the live page, or `edgepose snapshot --picture`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The camera's pictures can be had, and not only numbers."""

    v: Annotated[Literal[1], Doc("Version of this message.")] = VERSION
    time: Annotated[str, Doc("When this was said.", **TIME)]
    camera_picture: Annotated[
        tuple[Way, ...],
        Doc("By what: on the live page, by the command snapshot.", minItems=1, uniqueItems=True),
    ]
    snapshots: Annotated[
        int, Doc("How many pictures that command was given since the daemon started.", minimum=0)
    ]
    last_snapshot: Annotated[
        str | None, Doc("When it was given the last one; null where it was none.", **TIME)
    ]
    clock: Clock = ABSENT
