"""What is said over the daemon's socket: a line of JSON each way, and bytes behind the answer's.

    {"v": 1, "picture": false}
    {"v": 1, "ok": true, "camera": "ok", "pose": 1234, "jpeg": 0}

and then the pose in the json format, so many bytes, and the JPEG. Or what keeps it from an answer:

    {"v": 1, "ok": false, "error": "paused", "message": "..."}

Pure. What cannot be read raises ValueError.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from edgepose.messages import picture
from edgepose.messages.state import Camera

VERSION: Final = 1
NAME: Final = "snapshot.sock"
LONGEST: Final = 4096
"""Bytes of a line."""
MOST_POSE: Final = 1024 * 1024
"""Bytes; ten people take some 20,000."""

Error = Literal["malformed", "busy", "not_allowed", "paused", "camera", "failed"]


def place(folder: Path) -> Path:
    """The socket in the daemon's runtime directory."""
    return folder / NAME


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: who is there as landmarks, and with `picture` also what the engine saw."""

    picture: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """`pose` is the body of a pose, with all 33 landmarks; `jpeg` is unmirrored, empty where no
    picture was asked for. `camera` as in `/state`."""

    camera: Camera | None
    pose: bytes
    jpeg: bytes = b""

    def head(self) -> bytes:
        """The line before them."""
        lengths = {"pose": len(self.pose), "jpeg": len(self.jpeg)}
        return _line({"ok": True, "camera": self.camera, **lengths})


class Refused(Exception):
    """There is no answer; says why."""

    def __init__(self, error: Error, message: str) -> None:
        super().__init__(message)
        self.error = error

    def line(self) -> bytes:
        """As it is said."""
        return _line({"ok": False, "error": self.error, "message": str(self)})


def encode_request(request: Request) -> bytes:
    """The line that asks."""
    return _line(asdict(request))


def decode_request(line: bytes) -> Request:
    """What a line asks for."""
    match _read(line):
        case {"picture": bool(with_picture)}:
            return Request(with_picture)
    raise ValueError("nothing that can be asked")


def decode_head(line: bytes) -> tuple[Camera | None, int, int]:
    """The camera's state, and how many bytes of pose and JPEG follow. Raises Refused where the
    answer is that there is none."""
    match _read(line):
        case {"ok": True, "camera": camera, "pose": int(pose), "jpeg": int(jpeg)} if (
            (camera is None or camera in get_args(Camera))
            and 0 < pose <= MOST_POSE
            and 0 <= jpeg <= picture.MOST
        ):
            return camera, pose, jpeg
        case {"ok": False, "error": error, "message": str(message)}:
            # A later version may know other errors.
            raise Refused(error if error in get_args(Error) else "failed", message)
    raise ValueError("it cannot be understood")


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps({"v": VERSION, **said}).encode() + b"\n"


def _read(line: bytes) -> object:
    if not line.endswith(b"\n"):
        raise ValueError("it breaks off")
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(said, dict) or said.get("v") != VERSION:
        raise ValueError(f"not of version {VERSION}")
    return said
