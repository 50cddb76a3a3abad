"""The types of one pose message, whatever format carries it."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, get_args

from edgepose.messages.landmarks import SetName

Posture = Literal["unknown", "standing", "sitting", "bending", "lying"]
POSTURES: Final[tuple[Posture, ...]] = get_args(Posture)
LAST_US: Final = 2**53 - 1
"""The greatest `unix_us` (the year 2255): JavaScript holds no greater whole number exactly, so the
encoders stop there and the decoders refuse what is beyond."""


class DecodeError(ValueError):
    """The bytes are not a pose message, or not a whole one. The text says what is wrong."""


class Landmark(NamedTuple):
    """A body landmark in the picture.

    `x`, `y`: normalised to the picture's width and height, origin top left, may lie outside
    0..1. `z`: same scale as `x`, 0 at mid-hip, smaller is nearer to the camera. `visibility`,
    `presence`: 0..1, how likely it is to be seen and to be inside the picture.
    """

    x: float
    y: float
    z: float
    visibility: float
    presence: float


class WorldLandmark(NamedTuple):
    """A body landmark in metres, origin at mid-hip."""

    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True)
class Person:
    """One person in a pose message.

    `landmarks` are in the order of the message's set, all of them always. `world` is empty
    or as long. `id` 0 means not tracked. `confidence` 0..1: mean presence of the landmarks.
    """

    landmarks: tuple[Landmark, ...]
    world: tuple[WorldLandmark, ...] = ()
    id: int = 0
    confidence: float = 0.0
    posture: Posture = "unknown"


@dataclass(frozen=True, slots=True)
class Pose:
    """What was seen in one frame.

    `seq` rises by one for each published pose; `frame` is the source's frame number since the
    daemon started, so its gaps are frames not published. `unix_us`: wall clock at capture, in
    microseconds; `clock_unset` warns that it means nothing yet. `latency_ms`: capture to
    encoding. `size`: width and height of the picture after rotation, in pixels. `mirrored`: x was
    mapped to 1-x after detection. `first`: the first message of this run of the daemon.
    Order by `seq`, not by time.
    """

    seq: int
    frame: int
    unix_us: int
    latency_ms: float
    size: tuple[int, int]
    people: tuple[Person, ...] = ()
    set: SetName = "blazepose33"
    mirrored: bool = False
    clock_unset: bool = False
    first: bool = False
