"""The json format, `/pose`: for programs that would rather read than unpack.

Each landmark is a row `[x, y, z, visibility, presence]`, coordinates with 4 decimals and the
other two with 2, in the set's order, all rows always; no NaN, no null.
"""

import json
import math
from typing import Any, Final, NoReturn, TypeVar

from edgepose.messages.landmarks import SETS
from edgepose.messages.pose import POSTURES, DecodeError, Landmark, Person, Pose, WorldLandmark

CONTENT_TYPE: Final = "application/json"
VERSION: Final = 1
# Visibility and presence have 101 possible texts; looking one up is cheaper than rounding, and
# 1 is shorter than 1.0 in the place where most of them are 1.
_HUNDREDTHS: Final = (0, *(round(i / 100, 2) for i in range(1, 100)), 1)
_LARGEST: Final = 1 << 53
"""Whole numbers above it are no coordinates, and JavaScript cannot hold them."""
T = TypeVar("T")
_dumps: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(pose: Pose) -> bytes:
    """The text of one pose message, UTF-8. Raises ValueError where a number is not finite."""
    body: dict[str, Any] = {
        "v": VERSION,
        "seq": pose.seq,
        "frame": pose.frame,
        "unix_us": pose.unix_us,
        "latency_ms": round(pose.latency_ms, 1),
        "size": pose.size,
        "set": pose.set,
    }
    if pose.clock_unset:
        body["clock"] = "unset"
    if pose.mirrored:
        body["mirrored"] = True
    body["people"] = [_person(person) for person in pose.people]
    return _dumps(body).encode()


def _person(person: Person) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": person.id,
        "confidence": round(person.confidence, 2),
        "posture": person.posture,
        "landmarks": [
            (round(x, 4), round(y, 4), round(z, 4), _hundredths(visibility), _hundredths(presence))
            for x, y, z, visibility, presence in person.landmarks
        ],
    }
    if person.world:
        body["world"] = [(round(x, 4), round(y, 4), round(z, 4)) for x, y, z in person.world]
    return body


def _hundredths(value: float) -> float:
    try:
        return _HUNDREDTHS[min(max(int(value * 100.0 + 0.5), 0), 100)]
    except OverflowError:
        raise ValueError(f"{value} is not finite") from None


def decode(data: bytes | bytearray | str) -> Pose:
    """The pose in `data`. Raises DecodeError where it is not a whole pose message."""
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {error}") from None
    if not isinstance(body, dict):
        raise DecodeError("not a JSON object")
    version = _field(body, "v", int)
    if version != VERSION:
        raise DecodeError(f"version {_short(version)}, this decoder knows {VERSION}")
    name = _field(body, "set", str)
    if name not in SETS:
        raise DecodeError(f"unknown landmark set {_short(name)}")
    return Pose(
        seq=_field(body, "seq", int),
        frame=_field(body, "frame", int),
        unix_us=_field(body, "unix_us", int),
        latency_ms=_number(body.get("latency_ms"), "latency_ms"),
        size=_size(body),
        people=tuple(_decode_person(p, len(SETS[name])) for p in _field(body, "people", list)),
        set=name,
        mirrored=_flag(body, "mirrored", True),
        clock_unset=_flag(body, "clock", "unset"),
    )


def _decode_person(body: object, count: int) -> Person:
    if not isinstance(body, dict):
        raise DecodeError("people: not an object")
    rows = _field(body, "landmarks", list)
    world = _field(body, "world", list) if "world" in body else []
    if len(rows) != count or len(world) not in (0, count):
        raise DecodeError(f"landmarks: {len(rows)} and {len(world)} rows, the set has {count}")
    posture = body.get("posture")
    if posture not in POSTURES:
        raise DecodeError(f"unknown posture {_short(posture)}")
    return Person(
        id=_field(body, "id", int),
        confidence=_number(body.get("confidence"), "confidence"),
        posture=posture,
        landmarks=tuple(Landmark._make(_numbers(row, 5, "landmarks")) for row in rows),
        world=tuple(WorldLandmark._make(_numbers(row, 3, "world")) for row in world),
    )


def _field(body: dict[str, Any], key: str, kind: type[T]) -> T:
    value = body.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DecodeError(f"{key}: {type(value).__name__}, expected {kind.__name__}")
    return value


def _size(body: dict[str, Any]) -> tuple[int, int]:
    size = _field(body, "size", list)
    if len(size) != 2 or any(type(n) is not int or n < 1 for n in size):
        raise DecodeError("size: not a width and a height in pixels")
    return size[0], size[1]


def _flag(body: dict[str, Any], key: str, said: object) -> bool:
    """Whether the key is there; it is left out where it does not hold."""
    if key not in body:
        return False
    if body[key] != said or type(body[key]) is not type(said):
        raise DecodeError(f"{key}: {_short(body[key])}, expected {said} or nothing")
    return True


def _number(value: object, key: str) -> float:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST:
        return float(value)
    raise DecodeError(f"{key}: {_short(value)} is not a number")


def _numbers(row: object, count: int, key: str) -> list[float]:
    if not isinstance(row, list) or len(row) != count:
        raise DecodeError(f"{key}: a row that has not {count} numbers")
    return [_number(value, key) for value in row]


def _short(value: object) -> str:
    """A value for an error's text; it may be as long, or as deep, as the whole message."""
    if isinstance(value, list | dict):
        return type(value).__name__
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
