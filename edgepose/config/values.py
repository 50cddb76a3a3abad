"""The types of values that need more than a bound: each with its checks and its words.

A check raises `ValueError` with words that go on from the value ("... ends with a slash").
Each type has one check: pydantic before 2.12 keeps only the last of several. Where editors should
know more than the type says, a `WithJsonSchema` stands beside the check. Pure.
"""

import math
import unicodedata
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from edgepose import address
from edgepose.config.polygons import crosses_itself, is_flat
from edgepose.config.words import Allowed

MOST_OF_A_KIND = 8
"""Workers, or threads of one of them: twice the cores of any Pi."""


LEAST_MEMORY_MB, MOST_MEMORY_MB = 128, 65536
"""The smallest engine with its pictures takes some 140 MB."""

MOST_POLYGONS, MOST_CORNERS = 32, 64
"""A room has a few windows and beds; more would be drawn by something that has gone wrong."""

_MODELS = ("auto", "lite", "full", "heavy")


def _clean(value: str) -> str:
    # Neither MQTT nor a file system takes these, and both would refuse them much later.
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("holds a control character")
    return value


def _host(value: str) -> str:
    _clean(value)
    if "/" in value or "@" in value:
        raise ValueError("is an address with more than a host in it")
    if any(character.isspace() for character in value):
        raise ValueError("holds a space")
    if value.count(":") == 1:
        raise ValueError("holds a port, which has a key of its own")
    return value


def _uri(value: str) -> str:
    _clean(value)
    if said := address.wrong(value):
        raise ValueError(said)
    return value


def _base(value: str) -> str:
    _clean(value)
    if "+" in value or "#" in value:
        raise ValueError("holds a wildcard")
    if value.startswith("$"):
        raise ValueError("starts with $, where brokers keep their own topics")
    if value.startswith("/") or value.endswith("/"):
        raise ValueError("starts or ends with a slash")
    if "//" in value:
        raise ValueError("has an empty level")
    return value


def _model(value: str) -> str:
    _clean(value)
    if value not in _MODELS and not value.endswith(".task"):
        raise ValueError("is neither a model's name nor a path ending in .task")
    return value


def _protocol(value: object) -> object:
    # YAML reads an unquoted 5 as a number, and 5.0 is how the standard spells it.
    return "5" if (type(value) in (int, float) and value == 5) or value == "5.0" else value


def _whole(value: object) -> object:
    # A Literal compares by ==, and False == 0.
    if type(value) is not int:
        raise ValueError("is not a whole number")
    return value


def _share(value: object) -> object:
    # Here rather than by the type: of a union, pydantic would tell every member's complaint.
    if value != "auto" and not (type(value) is int and 1 <= value <= MOST_OF_A_KIND):
        raise ValueError("is not allowed")
    return value


def _megabytes(value: object) -> object:
    if value != "auto" and not (type(value) is int and LEAST_MEMORY_MB <= value <= MOST_MEMORY_MB):
        raise ValueError("is not allowed")
    return value


def _controls(value: dict[str, Any]) -> dict[str, Any]:
    for name, each in value.items():
        _clean(name)
        if not _is_control(each):
            raise ValueError(f"gives {name} a value that no control takes")
    return value


def _is_control(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_control(each) for each in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool | int | str)


def _polygons(value: object) -> object:
    # Here rather than by the type: pydantic would tell of each number by itself, and take no list
    # for a tuple inside another one.
    if not isinstance(value, list | tuple):
        raise ValueError("is no list")
    if len(value) > MOST_POLYGONS:
        raise ValueError(f"has {len(value)} polygons")
    return tuple(_polygon(each, number) for number, each in enumerate(value, 1))


def _polygon(value: object, number: int) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"has no list of points for polygon {number}")
    if not 3 <= len(value) <= MOST_CORNERS:
        if value and all(isinstance(each, int | float) for each in value):
            # Of one polygon the outer list is easily forgotten.
            raise ValueError(
                f"holds a point in place of polygon {number}: put each polygon into one more pair"
                " of brackets"
            )
        count = f"{len(value)} point{'s' * (len(value) != 1)}"
        raise ValueError(f"has a polygon, number {number}, of {count}")
    points = tuple(tuple(each) if isinstance(each, list | tuple) else () for each in value)
    for place, point in enumerate(points, 1):
        if len(point) != 2 or not all(type(n) in (int, float) and 0 <= n <= 1 for n in point):
            raise ValueError(f"gives polygon {number} a point {place} that is not in the picture")
    polygon = tuple((float(x), float(y)) for x, y in points)
    if crosses_itself(polygon):
        raise ValueError(f"gives polygon {number} sides that cross")
    if is_flat(polygon):
        raise ValueError(f"gives polygon {number} points on one line: nothing is inside")
    return polygon


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    doubles = sorted({each for each in value if value.count(each) > 1})
    if doubles:
        raise ValueError(f"names {doubles[0]} twice")
    return value


Level = Annotated[
    str,
    Field(pattern="^[A-Za-z0-9_-]{1,64}$"),
    Allowed("1 to 64 of the characters A-Z a-z 0-9 _ -"),
]
"""One level of an MQTT topic."""

Name = Annotated[
    str,
    Field(min_length=1, max_length=64),
    AfterValidator(_clean),
    Allowed("1 to 64 characters of text"),
]

User = Annotated[
    str,
    Field(min_length=1, max_length=1024),
    AfterValidator(_clean),
    Allowed("1 to 1024 characters of text"),
]

Place = Annotated[
    str, Field(min_length=1, max_length=4096), AfterValidator(_clean), Allowed("a path")
]
"""The path of something on this machine; whether it is there is for its reader to see."""

Uri = Annotated[
    str,
    Field(min_length=1, max_length=4096),
    AfterValidator(_uri),
    Allowed("a path or the address of an rtsp, rtsps, http or https stream"),
]
"""Where pictures come from; whether they do is for its reader to see."""

Host = Annotated[
    str,
    Field(min_length=1, max_length=255),
    AfterValidator(_host),
    Allowed("a host name or an IP address, without mqtt:// and without a port"),
]

Listen = Annotated[
    str,
    Field(min_length=1, max_length=255),
    AfterValidator(_host),
    Allowed("a host name or an IP address, with nothing before or behind it"),
]

BaseTopic = Annotated[
    str,
    Field(min_length=1, max_length=128),
    AfterValidator(_base),
    Allowed("1 to 128 characters: levels with one slash between them, without + and #"),
]

Model = Annotated[
    str,
    Field(min_length=1, max_length=4096),
    AfterValidator(_model),
    Allowed("auto, lite, full, heavy or a path ending in .task"),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_MODELS)},
                {"type": "string", "pattern": r"\.task$", "maxLength": 4096},
            ]
        }
    ),
]

Protocol = Annotated[
    Literal["auto", "5", "3.1.1"],
    BeforeValidator(_protocol),
    WithJsonSchema({"enum": ["auto", "5", "3.1.1", "5.0", 5]}),
]
"""A version of MQTT; the numbers 5 and 5.0 are taken for "5"."""

Rotation = Annotated[Literal[0, 90, 180, 270], BeforeValidator(_whole)]

Share = Annotated[
    Literal["auto"] | int,
    BeforeValidator(_share),
    Allowed(f"auto or a whole number from 1 to {MOST_OF_A_KIND}"),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto"},
                {"type": "integer", "minimum": 1, "maximum": MOST_OF_A_KIND},
            ]
        }
    ),
]
"""How many of something that divides the work among the processor's cores."""

Megabytes = Annotated[
    Literal["auto"] | int,
    BeforeValidator(_megabytes),
    Allowed(f"auto or a whole number from {LEAST_MEMORY_MB} to {MOST_MEMORY_MB}"),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto"},
                {"type": "integer", "minimum": LEAST_MEMORY_MB, "maximum": MOST_MEMORY_MB},
            ]
        }
    ),
]
"""How much memory a process may take."""

Pixels = Annotated[int, Field(ge=64, le=4096)]

_CONTROL = ["boolean", "number", "string", "array"]

Controls = Annotated[
    dict[str, Any],
    AfterValidator(_controls),
    Allowed("lines of `Name: value`; a value is true, false, a number, text or a list of these"),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"type": _CONTROL, "items": {"type": _CONTROL}},
        }
    ),
]

Format = Literal["json", "packed"]

Formats = Annotated[
    tuple[Format, ...],
    Field(min_length=1),
    AfterValidator(_once),
    Allowed("a list of json, packed or both"),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"enum": list(get_args(Format))},
            "minItems": 1,
            "uniqueItems": True,
        }
    ),
]

_COORDINATE = {"type": "number", "minimum": 0, "maximum": 1}

Polygons = Annotated[
    tuple[tuple[tuple[float, float], ...], ...],
    BeforeValidator(_polygons),
    Allowed(
        f"a list of up to {MOST_POLYGONS} polygons, each a list of 3 to {MOST_CORNERS} points"
        " [x, y] from 0 to 1"
    ),
    WithJsonSchema(
        {
            "type": "array",
            "maxItems": MOST_POLYGONS,
            "items": {
                "type": "array",
                "minItems": 3,
                "maxItems": MOST_CORNERS,
                "items": {
                    "type": "array",
                    "items": _COORDINATE,
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
        }
    ),
]
"""Areas of the picture, in parts of its width and height, from the top left corner."""

Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_host)], ...],
    Field(max_length=16),
    AfterValidator(_once),
    Allowed("a list of up to 16 host names or IP addresses"),
    WithJsonSchema(
        {
            "type": "array",
            "maxItems": 16,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1, "maxLength": 255},
        }
    ),
]
