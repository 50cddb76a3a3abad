"""Every kind of message: its schema, examples, and what its bytes are. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from edgepose.contract import examples, pose, seen
from edgepose.contract.schema import Schema, schema_of
from edgepose.messages import command, happening, json_format, notice, packed, report, state
from edgepose.mqtt.delivery import OFFLINE, ONLINE

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"

Role = Literal["message", "command", "answer"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. `examples` are payloads by what they show.

    `content_type` is what the payload is; `sent_as` the same where MQTT 5's property of that name
    tells it. A `role` other than message has more properties of MQTT 5.
    """

    name: str
    summary: str
    schema: Schema
    examples: Mapping[str, Any]
    content_type: str = JSON
    sent_as: str | None = None
    role: Role = "message"


def _of(kind: type, name: str, shown: Mapping[str, Any], role: Role = "message") -> Kind:
    schema = schema_of(kind)
    return Kind(name, schema["description"], schema, shown, role=role)


_WORDS: Final[Schema] = {"type": "string", "enum": [ONLINE.decode(), OFFLINE.decode()]}

AVAILABILITY: Final = Kind(
    "Availability",
    "Whether the device is there, as plain text.",
    {"description": "The will is offline.", **_WORDS},
    examples.AVAILABILITY,
    TEXT,
)
POSE: Final = Kind(
    "Pose",
    "What was seen in one frame, as JSON.",
    pose.SCHEMA,
    {name: json.loads(json_format.encode(shown)) for name, shown in seen.POSES.items()},
    sent_as=json_format.CONTENT_TYPE,
)
POSE_PACKED: Final = Kind(
    "PosePacked",
    "What was seen in one frame, as bytes: a quarter of the JSON.",
    pose.PACKED_SCHEMA,
    {name: seen.hexadecimal(packed.encode(shown)) for name, shown in seen.POSES.items()},
    packed.CONTENT_TYPE,
    sent_as=packed.CONTENT_TYPE,
)
STATE: Final = _of(state.State, "State", examples.STATE)
EVENT: Final = _of(happening.Happening, "Event", examples.EVENT)
HEALTH: Final = _of(report.Health, "Health", examples.HEALTH)
CONFIG: Final = _of(report.Config, "Config", examples.CONFIG)
NOTICE: Final = _of(notice.Notice, "Notice", examples.NOTICE)

COMMAND: Final = _of(command.Plain, "Command", examples.PLAIN, "command")
PAUSE: Final = _of(command.Pause, "PauseCommand", examples.PAUSE, "command")
SET: Final = Kind(
    "SetCommand",
    "Give keys of the config another value for this run.",
    {word: value for word, value in command.SET_SCHEMA.items() if word != "examples"},
    {"One key": command.SET_SCHEMA["examples"][0]},
    role="command",
)
RESULT: Final = _of(command.Result, "Result", examples.RESULT, "answer")

DISCOVERY: Final = Kind(
    "Discovery",
    "The device and its entities, in the form that Home Assistant wants.",
    {
        "description": "What Home Assistant's documentation of MQTT discovery calls a device"
        " message.",
        "type": "object",
        "required": ["device", "origin", "components"],
        "additionalProperties": True,
    },
    examples.DISCOVERY,
)
BIRTH: Final = Kind(
    "Birth",
    "Home Assistant has come, or goes, as plain text.",
    {"description": "Its birth message and its will.", **_WORDS},
    examples.BIRTH,
    TEXT,
)
