"""The landmark stream: the schema of `/pose`, and the layout of `/pose/packed` in words.

Written by hand, because these two have encoders of their own and not the form of a dataclass;
tests hold each to its encoder. Pure.
"""

from typing import Any, Final

from edgepose.contract.schema import Schema
from edgepose.messages import json_format, packed
from edgepose.messages.landmarks import SETS, SetName
from edgepose.messages.pose import LAST_US, POSTURES

_U32: Final = 2**32 - 1


def _row(description: str, *items: Schema) -> Schema:
    """An array of as many numbers, each with its own meaning."""
    return {
        "description": description,
        "type": "array",
        "minItems": len(items),
        "maxItems": len(items),
        "items": list(items),
    }


def _number(description: str, **words: Any) -> Schema:
    return {"description": description, "type": "number", **words}


def _counter(description: str, maximum: int = _U32) -> Schema:
    return {"description": description, "type": "integer", "minimum": 0, "maximum": maximum}


_LANDMARK: Final = _row(
    "One landmark: x, y, z with 4 decimals, visibility and presence with 2.",
    _number("x: part of the picture's width, from the left; may lie outside 0..1."),
    _number("y: part of the picture's height, from the top; may lie outside 0..1."),
    _number("z: on the scale of x, 0 at mid-hip; smaller is nearer to the camera."),
    _number("visibility: how likely it is to be seen.", minimum=0, maximum=1),
    _number("presence: how likely it is to be inside the picture.", minimum=0, maximum=1),
)
_WORLD_LANDMARK: Final = _row(
    "One landmark in the world, with 4 decimals, from mid-hip.",
    *(_number(axis, **{"x-unit": "m"}) for axis in "xyz"),
)


def _rows(row: Schema, description: str) -> Schema:
    return {"description": description, "type": "array", "items": row}


_PERSON: Final[Schema] = {
    "description": "Somebody in the picture.",
    "type": "object",
    "required": ["id", "confidence", "posture", "landmarks"],
    "properties": {
        "id": _counter("Lives as long as the person stays in view; 0 is nobody in particular."),
        "confidence": _number("Mean presence of the landmarks.", minimum=0, maximum=1),
        "posture": {
            "description": "What the person does; unknown where it is not known.",
            "type": "string",
            "enum": list(POSTURES),
        },
        "landmarks": _rows(_LANDMARK, "All landmarks of the set, in its order."),
        "world": _rows(_WORLD_LANDMARK, "The same in metres; only where messages.world is on."),
    },
}


def _as_long_as(name: SetName) -> Schema:
    """What holds for a message of this set."""
    length = {"minItems": len(SETS[name]), "maxItems": len(SETS[name])}
    person = {"properties": {"landmarks": length, "world": length}}
    return {"properties": {"people": {"items": person}}}


SCHEMA: Final[Schema] = {
    "description": "What was seen in one frame. Order by seq, not by time.",
    "type": "object",
    "required": ["v", "seq", "frame", "unix_us", "latency_ms", "size", "set", "people"],
    "properties": {
        "v": {
            "description": "Version of this message.",
            "type": "integer",
            "const": json_format.VERSION,
        },
        "seq": _counter(
            "Rises by one for each published pose, from 0 at the start of the daemon; wraps after"
            " 2^32. A gap is a message that did not reach you."
        ),
        "frame": _counter(
            "The source's frame number since the daemon started; its gaps are frames that were not"
            " published."
        ),
        "unix_us": {
            **_counter("Wall clock at capture, since 1970 in UTC.", LAST_US),
            "x-unit": "µs",
        },
        "latency_ms": _number("From capture to encoding.", minimum=0, **{"x-unit": "ms"}),
        "size": _row(
            "The picture after rotation.",
            {"description": "Width.", "type": "integer", "minimum": 1, "x-unit": "px"},
            {"description": "Height.", "type": "integer", "minimum": 1, "x-unit": "px"},
        ),
        "set": {
            "description": "Which landmarks there are, in which order: x-landmarks names them.",
            "type": "string",
            "enum": list(SETS),
            "x-landmarks": {name: list(names) for name, names in SETS.items()},
        },
        "clock": {
            "description": "Only there while the device's clock is not set: unix_us then means"
            " nothing.",
            "type": "string",
            "const": "unset",
        },
        "mirrored": {
            "description": "Only there where x was mapped to 1-x and world x to -x after detection;"
            " left is still the person's own left.",
            "type": "boolean",
            "const": True,
        },
        "people": {
            "description": "Who was seen; an empty room is said on change and every 10 s.",
            "type": "array",
            "maxItems": 255,
            "items": _PERSON,
        },
    },
    "if": {"properties": {"set": {"const": "coco17"}}},
    "then": _as_long_as("coco17"),
    "else": _as_long_as("blazepose33"),
}

PACKED_SCHEMA: Final[Schema] = {
    "description": """\
Bytes, little-endian, without padding; the examples show them in hexadecimal. Decoders
for Python and JavaScript come with edgepose.

Header, 32 bytes:

| offset | type | field |
|---|---|---|
| 0 | u8 | magic 0xE9 |
| 1 | u8 | version 1 |
| 2 | u8 | flags: bit 0 world, 1 mirrored, 2 clock unset, 3 first message of this run |
| 3 | u8 | people |
| 4 | u32 | seq |
| 8 | u64 | unix_us |
| 16 | u16, u16 | width, height |
| 20 | u16 | latency in 0.1 ms |
| 22 | u8 | landmarks for each person |
| 23 | u8 | set: 0 blazepose33, 1 coco17 |
| 24 | u32 | frame |
| 28 | u32 | reserved, 0 |

Then for each person:

| type | field |
|---|---|
| u32 | id, 0 is nobody in particular |
| u8 | confidence in 1/255 |
| u8 | posture: 0 unknown, 1 standing, 2 sitting, 3 bending, 4 lying |
| u16 | reserved, 0 |
| landmarks, each i16, i16, i16, u8, u8 | x, y, z in 1/16384; both likelihoods in 1/255 |
| landmarks, each i16, i16, i16; with flag 0 only | world x, y, z in 0.1 mm |

The fields mean what they mean in the JSON of /pose. What is out of range saturates. A
message is 32 bytes long and, for each person, 8 and 8 for each landmark, 14 with world
landmarks.
""",
    "type": "string",
    "format": "binary",
    "contentMediaType": packed.CONTENT_TYPE,
}
