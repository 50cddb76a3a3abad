"""The packed format, `/pose/packed`: little-endian, 304 bytes for one person.

Header, 32 bytes: u8 magic 0xE9, u8 version 1, u8 flags (0 world, 1 mirrored, 2 clock unset,
3 first message of this run), u8 people, u32 seq, u64 unix_us, u16 width, u16 height, u16 latency
in 0.1 ms, u8 landmarks for each person, u8 set, u32 frame, u32 reserved.
For each person: u32 id, u8 confidence in 1/255, u8 posture, u16 reserved; for each landmark
i16 x, y, z in 1/16384, u8 visibility, u8 presence in 1/255; then, if world, for each landmark
i16 x, y, z in 0.1 mm. Out of range saturates, `unix_us` at `LAST_US`.

Reserved fields and the flags from 4 on are written as 0 and not looked at when read: what an older
decoder must not overlook raises the version. Everything else that cannot come from an encoder is
refused, here and in `config/edgepose-messages.js` alike.
"""

import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from edgepose.messages.landmarks import SETS, SetName
from edgepose.messages.pose import (
    LAST_US,
    POSTURES,
    DecodeError,
    Landmark,
    Person,
    Pose,
    WorldLandmark,
)

CONTENT_TYPE: Final = "application/vnd.edgepose.packed;v=1"
MAGIC: Final = 0xE9
VERSION: Final = 1
_WORLD, _MIRRORED, _CLOCK_UNSET, _FIRST = 1, 2, 4, 8
_SET_NAMES: Final[tuple[SetName, ...]] = tuple(SETS)
_HEADER: Final = struct.Struct("<BBBBIQHHHBBII")
_PERSON: Final = struct.Struct("<IBBH")
_LANDMARK: Final = struct.Struct("<hhhBB")
_WORLD_LANDMARK: Final = struct.Struct("<hhh")
_XYZ: Final = 16384.0
_METRE: Final = 10000.0
_U32: Final = (1 << 32) - 1


@lru_cache(maxsize=4)
def _rows(count: int, world: bool) -> struct.Struct:
    return struct.Struct("<" + "hhhBB" * count + "hhh" * (count if world else 0))


def encode(pose: Pose) -> bytes:
    """The bytes of one pose message.

    World landmarks go out only if every person has them. Raises ValueError where a number is
    not finite, or a person has not the landmarks of the set.
    """
    try:
        return _encode(pose)
    except (OverflowError, struct.error) as error:
        raise ValueError(f"not a pose: {error}") from error


def _encode(pose: Pose) -> bytes:
    world = bool(pose.people) and all(person.world for person in pose.people)
    flags = (
        (_WORLD if world else 0)
        | (_MIRRORED if pose.mirrored else 0)
        | (_CLOCK_UNSET if pose.clock_unset else 0)
        | (_FIRST if pose.first else 0)
    )
    width, height = pose.size
    parts = [
        _HEADER.pack(
            MAGIC,
            VERSION,
            flags,
            len(pose.people),
            pose.seq & _U32,
            max(0, min(pose.unix_us, LAST_US)),
            min(width, 0xFFFF),
            min(height, 0xFFFF),
            max(0, min(round(pose.latency_ms * 10), 0xFFFF)),
            len(SETS[pose.set]),
            _SET_NAMES.index(pose.set),
            pose.frame & _U32,
            0,
        )
    ]
    rows = _rows(len(SETS[pose.set]), world)
    for person in pose.people:
        posture = POSTURES.index(person.posture)
        parts.append(_PERSON.pack(person.id & _U32, _unit(person.confidence), posture, 0))
        numbers = _numbers(person, world)
        try:
            parts.append(rows.pack(*numbers))
        except struct.error:
            # Rare: somebody close to the lens. Clamping every number always would cost more
            # than all the rest of this function.
            parts.append(rows.pack(*_saturated(numbers, len(person.landmarks))))
    return b"".join(parts)


def _numbers(person: Person, world: bool) -> list[int]:
    numbers = [
        n
        for x, y, z, visibility, presence in person.landmarks
        for n in (
            round(x * _XYZ),
            round(y * _XYZ),
            round(z * _XYZ),
            round(visibility * 255.0),
            round(presence * 255.0),
        )
    ]
    if world:
        numbers += [round(n * _METRE) for row in person.world for n in row]
    return numbers


def _unit(value: float) -> int:
    return max(0, min(round(value * 255.0), 255))


def _saturated(numbers: list[int], count: int) -> Iterable[int]:
    for i, n in enumerate(numbers):
        if i < 5 * count and i % 5 >= 3:
            yield max(0, min(n, 255))
        else:
            yield max(-32768, min(n, 32767))


def decode(data: bytes | bytearray | memoryview) -> Pose:
    """The pose in `data`. Raises DecodeError where it is not exactly one whole message."""
    if len(data) < _HEADER.size:
        raise DecodeError(f"{len(data)} bytes, a header alone has {_HEADER.size}")
    (
        magic, version, flags, people, seq, unix_us, width, height, latency, count, set_number,
        frame, _reserved,
    ) = _HEADER.unpack_from(data)  # fmt: skip
    if magic != MAGIC:
        raise DecodeError(f"first byte 0x{magic:02X}, not 0x{MAGIC:02X}: not a packed pose")
    if version != VERSION:
        raise DecodeError(f"version {version}, this decoder knows {VERSION}")
    if set_number >= len(_SET_NAMES):
        raise DecodeError(f"unknown landmark set {set_number}")
    if unix_us > LAST_US:
        raise DecodeError(f"unix_us {unix_us}, beyond {LAST_US}")
    if not (width and height):
        raise DecodeError(f"a picture of {width} by {height} pixels")
    name = _SET_NAMES[set_number]
    if count != len(SETS[name]):
        raise DecodeError(f"{count} landmarks for each person, {name} has {len(SETS[name])}")
    world = bool(flags & _WORLD)
    each = _PERSON.size + _rows(count, world).size
    if len(data) != _HEADER.size + people * each:
        raise DecodeError(f"{len(data)} bytes, {people} people take {_HEADER.size + people * each}")
    return Pose(
        seq=seq,
        frame=frame,
        unix_us=unix_us,
        latency_ms=latency / 10,
        size=(width, height),
        people=tuple(
            _decode_person(data, _HEADER.size + i * each, count, world) for i in range(people)
        ),
        set=name,
        mirrored=bool(flags & _MIRRORED),
        clock_unset=bool(flags & _CLOCK_UNSET),
        first=bool(flags & _FIRST),
    )


def _decode_person(
    data: bytes | bytearray | memoryview, offset: int, count: int, world: bool
) -> Person:
    person_id, confidence, posture, _reserved = _PERSON.unpack_from(data, offset)
    if posture >= len(POSTURES):
        raise DecodeError(f"unknown posture {posture}")
    start = offset + _PERSON.size
    middle = start + count * _LANDMARK.size
    end = middle + (count * _WORLD_LANDMARK.size if world else 0)
    return Person(
        id=person_id,
        confidence=confidence / 255,
        posture=POSTURES[posture],
        landmarks=tuple(
            Landmark(x / _XYZ, y / _XYZ, z / _XYZ, visibility / 255, presence / 255)
            for x, y, z, visibility, presence in _LANDMARK.iter_unpack(data[start:middle])
        ),
        world=tuple(
            WorldLandmark(x / _METRE, y / _METRE, z / _METRE)
            for x, y, z in _WORLD_LANDMARK.iter_unpack(data[middle:end])
        ),
    )
