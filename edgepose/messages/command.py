"""Commands to the device on `/command/<name>`, and the answers to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, get_args

from edgepose.messages.doc import Doc
from edgepose.messages.plain import ABSENT, Absent

VERSION: Final = 1
LONGEST_ID: Final = 64

CommandName = Literal["pause", "resume", "reload", "restart-vision", "announce", "set"]
NAMES: Final[tuple[CommandName, ...]] = get_args(CommandName)
ErrorName = Literal[
    "unknown_command",
    "malformed",
    "unknown_key",
    "not_live",
    "out_of_range",
    "disabled",
    "failed",
]

Id = Annotated[
    str | int | Absent,
    Doc("Comes back in the answer; whatever tells this command from others.", maxLength=LONGEST_ID),
]


@dataclass(frozen=True, slots=True)
class Plain:
    """A command that needs no more; an empty message is one, too."""

    id: Id = ABSENT


@dataclass(frozen=True, slots=True)
class Pause:
    """Close the camera, or open it again; an empty message closes it."""

    id: Id = ABSENT
    paused: Annotated[
        bool | Absent, Doc("False is the command resume, for who has one topic only.")
    ] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a command went."""

    v: Annotated[Literal[1], Doc("Version of this message.")] = VERSION
    ok: Annotated[bool, Doc("Whether it was done.")]
    id: Annotated[str | int | None, Doc("That of the command; null where it had none.")] = None
    error: Annotated[ErrorName | Absent, Doc("What kind of error; absent where it was done.")] = (
        ABSENT
    )
    message: Annotated[
        str | Absent, Doc("What is wrong, or what else is to be known, for a person.")
    ] = ABSENT


SET_SCHEMA: Final[Mapping[str, Any]] = {
    "description": "Keys of the config with the values that they are to have for this run; their"
    " cost must be live.",
    "type": "object",
    "properties": {"id": {"type": ["string", "integer"], "maxLength": LONGEST_ID}},
    "minProperties": 1,
    "additionalProperties": True,
    "examples": [{"id": "a1", "health.interval": 10}],
}
"""JSON Schema of the command `set`, whose keys are those of the config."""
