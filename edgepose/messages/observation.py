"""Packets from the vision process to the daemon: observations and events.

One SOCK_SEQPACKET packet each, native byte order: both ends are on one machine. The first
byte tells the kind. An observation is a header and, for each person, 33 rows of five f32
(x, y, z, visibility, presence) and, if world, 33 rows of three f32. An event is JSON.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from edgepose.messages.landmarks import BLAZEPOSE33
from edgepose.messages.pose import Landmark, Person, WorldLandmark

_OBSERVATION, _EVENT = 1, 2
_HEADER: Final = struct.Struct("=BBBxIQQHH")
_COUNT: Final = len(BLAZEPOSE33)
_ROWS: Final = struct.Struct(f"={_COUNT * 5}f")
_WORLD_ROWS: Final = struct.Struct(f"={_COUNT * 3}f")
_ROW: Final = struct.Struct("=5f")
_WORLD_ROW: Final = struct.Struct("=3f")

MAX_PEOPLE: Final = 10
"""As many as a packet of the link's send buffer holds, world landmarks included."""
OF_OBSERVATIONS: Final = 8192
"""The observations' part of SO_SNDBUF. Linux doubles it, so that one packet may have 16 KB and
about a dozen packets with one person wait; the default would hold 5 s of stale poses."""
SEND_BUFFER: Final = OF_OBSERVATIONS + 512
"""SO_SNDBUF of the vision process's end: with room for what one picture takes beside them, which
the kernel counts as 768 bytes of it, doubled."""
MAX_PACKET: Final = 65536
"""Bytes the reader asks for; larger than any packet."""

EventName = Literal["ready", "refuses", "ended", "failed"]


@dataclass(frozen=True, slots=True)
class Observation:
    """What the engine saw in one frame, unmirrored.

    `frame`: number of the frame since the daemon started. `captured_ns`, `answered_ns`:
    CLOCK_BOOTTIME of the capture and of the engine's answer. `size`: width and height after
    rotation. `people` carry the 33 landmarks, no id.
    """

    frame: int
    captured_ns: int
    answered_ns: int
    size: tuple[int, int]
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something the vision process says of itself.

    `ready`: camera and engine are open; `detail` describes them. `refuses`: the engine does not
    take a picture, and `message` in `detail` says why. `ended`: the source has no more frames.
    `failed`: it cannot go on; `detail` has `part` (camera, engine, vision) and `message`, a
    sentence for people.
    """

    name: EventName
    detail: dict[str, Any] = field(default_factory=dict)


def encode_observation(observation: Observation) -> bytes:
    """The packet of an observation: of its first `MAX_PEOPLE` people, with world landmarks only
    if each of them has them."""
    people = observation.people[:MAX_PEOPLE]
    world = bool(people) and all(person.world for person in people)
    width, height = observation.size
    parts = [
        _HEADER.pack(
            _OBSERVATION,
            len(people),
            world,
            observation.frame & 0xFFFFFFFF,
            observation.captured_ns,
            observation.answered_ns,
            width,
            height,
        )
    ]
    for person in people:
        parts.append(_ROWS.pack(*[n for row in person.landmarks for n in row]))
        if world:
            parts.append(_WORLD_ROWS.pack(*[n for row in person.world for n in row]))
    return b"".join(parts)


def encode_event(event: Event) -> bytes:
    """The packet of an event."""
    return bytes([_EVENT]) + json.dumps({"event": event.name, **event.detail}).encode()


def decode(packet: bytes) -> Observation | Event:
    """The observation or event in a packet of the link. Raises ValueError on anything else."""
    if packet[:1] == bytes([_EVENT]):
        return _decode_event(packet)
    if packet[:1] != bytes([_OBSERVATION]) or len(packet) < _HEADER.size:
        raise ValueError(f"unknown packet of {len(packet)} bytes on the link")
    _kind, count, world, frame, captured_ns, answered_ns, width, height = _HEADER.unpack_from(
        packet
    )
    each = _ROWS.size + (_WORLD_ROWS.size if world else 0)
    if len(packet) != _HEADER.size + count * each:
        raise ValueError(f"{len(packet)} bytes on the link, {count} people do not take that")
    people = []
    for start in range(_HEADER.size, len(packet), each):
        middle = start + _ROWS.size
        rows = _ROW.iter_unpack(packet[start:middle])
        world_rows = _WORLD_ROW.iter_unpack(packet[middle : start + each])
        people.append(
            Person(
                landmarks=tuple(map(Landmark._make, rows)),
                world=tuple(map(WorldLandmark._make, world_rows)),
            )
        )
    return Observation(frame, captured_ns, answered_ns, (width, height), tuple(people))


def _decode_event(packet: bytes) -> Event:
    try:
        detail = json.loads(packet[1:])
        name = detail.pop("event")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no event on the link: {error!r}") from None
    if name not in get_args(EventName):
        raise ValueError(f"unknown event {name!r} on the link")
    return Event(name, detail)
