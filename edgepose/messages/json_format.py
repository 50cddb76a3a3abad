"""The json format, `/pose`: for programs that would rather read than unpack.

Each landmark is a row `[x, y, z, visibility, presence]`, coordinates with 4 decimals and the
other two with 2, in the set's order, all rows always; no NaN, no null.

Read as JavaScript reads it, so that `config/edgepose-messages.js` decides alike: UTF-8 without a
byte order mark, every number a double (7.0 is the whole number 7), of two keys of one name the
last. Keys that are not known are not looked at; what is nested in them deeper than Python can
follow (some hundred levels) is refused here alone.
"""

import json
import math
from typing import Any, Final, NoReturn, TypeVar

from edgepose.messages.landmarks import SETS
from edgepose.messages.pose import (
    LAST_US,
    POSTURES,
    DecodeError,
    Landmark,
    Person,
    Pose,
    WorldLandmark,
)

CONTENT_TYPE: Final = "application/json"
VERSION: Final = 1
# Visibility and presence have 101 possible texts; looking one up is cheaper than rounding, and
# 1 is shorter than 1.0 in the place where most of them are 1.
_HUNDREDTHS: Final = (0, *(round(i / 100, 2) for i in range(1, 100)), 1)
_U32: Final = (1 << 32) - 1
T = TypeVar("T")
_dumps: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def encode(pose: Pose) -> bytes:
    """The text of one pose message, UTF-8. Raises ValueError where a number is not finite."""
    body: dict[str, Any] = {
        "v": VERSION,
        "seq": pose.seq & _U32,
        "frame": pose.frame & _U32,
        "unix_us": max(0, min(pose.unix_us, LAST_US)),
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
        "id": person.id & _U32,
        "confidence": _hundredths(person.confidence),
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


def decode(data: bytes | bytearray | memoryview | str) -> Pose:
    """The pose in `data`. Raises DecodeError where it is not a whole pose message."""
    try:
        text = data if isinstance(data, str) else str(data, "utf-8")
        body = json.loads(text, parse_int=float, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"not JSON: {error}") from None
    if not isinstance(body, dict):
        raise DecodeError("not a JSON object")
    version = _number(body, "v")
    if version != VERSION:
        raise DecodeError(f"version {version:g}, this decoder knows {VERSION}")
    name = _field(body, "set", str)
    if name not in SETS:
        raise DecodeError(f"unknown landmark set {_short(name)}")
    return Pose(
        seq=_whole(body.get("seq"), "seq"),
        frame=_whole(body.get("frame"), "frame"),
        unix_us=_whole(body.get("unix_us"), "unix_us", most=LAST_US),
        latency_ms=_number(body, "latency_ms"),
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
    landmarks = tuple(Landmark._make(_finite(row, 5, "landmarks")) for row in rows)
    confidence = _number(body, "confidence")
    shares = [confidence, *(n for row in landmarks for n in row[3:])]
    if min(shares) < 0 or max(shares) > 1:
        raise DecodeError("landmarks: a confidence, visibility or presence outside 0 to 1")
    return Person(
        id=_whole(body.get("id"), "id"),
        confidence=confidence,
        posture=posture,
        landmarks=landmarks,
        world=tuple(WorldLandmark._make(_finite(row, 3, "world")) for row in world),
    )


def _field(body: dict[str, Any], key: str, kind: type[T]) -> T:
    value = body.get(key)
    if not isinstance(value, kind):
        raise DecodeError(f"{key}: {type(value).__name__}, expected {kind.__name__}")
    return value


def _number(body: dict[str, Any], key: str) -> float:
    value = body.get(key)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise DecodeError(f"{key}: {_short(value)} is not a number")


def _whole(value: object, key: str, least: int = 0, most: int = _U32) -> int:
    if isinstance(value, float) and value.is_integer() and least <= value <= most:
        return int(value)
    raise DecodeError(f"{key}: {_short(value)} is not a whole number of {least} to {most}")


def _size(body: dict[str, Any]) -> tuple[int, int]:
    size = _field(body, "size", list)
    if len(size) != 2:
        raise DecodeError("size: not a width and a height in pixels")
    return _whole(size[0], "size", least=1), _whole(size[1], "size", least=1)


def _flag(body: dict[str, Any], key: str, said: object) -> bool:
    """Whether the key is there; it is left out where it does not hold."""
    if key not in body:
        return False
    if body[key] != said or type(body[key]) is not type(said):
        raise DecodeError(f"{key}: {_short(body[key])}, expected {said} or nothing")
    return True


def _finite(row: object, count: int, key: str) -> list[float]:
    if (
        not isinstance(row, list)
        or len(row) != count
        or any(type(n) is not float for n in row)
        or not all(map(math.isfinite, row))
    ):
        raise DecodeError(f"{key}: a row that has not {count} numbers")
    return row


def _short(value: object) -> str:
    """A value for an error's text; it may be as long, or as deep, as the whole message."""
    if isinstance(value, list | dict):
        return type(value).__name__
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
