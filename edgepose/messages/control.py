"""Packets from the daemon to the vision process: `configure`, `set_rate`, pictures, `stop`.

JSON, one SOCK_SEQPACKET packet each. The vision process gets no config file: what it is to do
comes by `configure`, once, first.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class Configure:
    """All that the vision process needs to know. Field names and units are the config's.

    `model` is the path of the bundle. `first_frame` is the number of the first frame: numbers
    go on over a restart of the process. `engine`, `workers` and `threads` are what to use, never
    auto. `stream` is a descriptor from which a stream of pictures is read; there is no `uri` then.
    """

    source: str
    scene: str
    camera: int
    uri: str | None
    loop: bool
    size: tuple[int, int]
    rate: float
    field_of_view: Literal["full", "fastest"]
    controls: dict[str, Any]
    rotation: int
    engine: str
    workers: int
    threads: int
    model: str
    num_poses: int
    min_pose_detection_confidence: float
    min_pose_presence_confidence: float
    min_tracking_confidence: float
    output_segmentation_masks: bool
    world: bool
    mask: tuple[tuple[tuple[float, float], ...], ...] = ()
    first_frame: int = 0
    stream: int | None = None


@dataclass(frozen=True, slots=True)
class SetRate:
    """Take at most `rate` frames a second from now on; 0 takes all.

    With `idle_rate` nobody is there: so many are enough until something moves.
    """

    rate: float
    idle_rate: float | None = None


@dataclass(frozen=True, slots=True)
class AllowPictures:
    """What of the camera's pictures the config lets out: a stream of them for the live page, a
    still for a snapshot. Before this has allowed it none is made, whoever asks: this follows the
    config alone, the asking is for whoever looks."""

    live: bool
    still: bool


@dataclass(frozen=True, slots=True)
class AskPictures:
    """Send at most `rate` pictures a second of the frames that are looked at; 0: none."""

    rate: float


@dataclass(frozen=True, slots=True)
class AskStill:
    """Send one picture, in full size, of the next frame that is looked at."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish the frame in flight, close the camera and leave."""


Command = Configure | SetRate | AllowPictures | AskPictures | AskStill | Stop
_KINDS: Final[dict[str, type[Command]]] = {
    "configure": Configure,
    "set_rate": SetRate,
    "allow_pictures": AllowPictures,
    "ask_pictures": AskPictures,
    "ask_still": AskStill,
    "stop": Stop,
}


def encode(command: Command) -> bytes:
    """The packet of a command."""
    name = next(name for name, kind in _KINDS.items() if isinstance(command, kind))
    return json.dumps({"command": name, **asdict(command)}).encode()


def decode(packet: bytes) -> Command:
    """The command in a packet of the link. Raises ValueError on anything else."""
    try:
        fields: dict[str, Any] = json.loads(packet)
        kind = _KINDS[fields.pop("command")]
        if "size" in fields:
            fields["size"] = tuple(fields["size"])
        if "mask" in fields:
            fields["mask"] = tuple(tuple((x, y) for x, y in each) for each in fields["mask"])
        return kind(**fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no command on the link: {error!r}") from None
