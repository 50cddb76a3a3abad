"""What a connection needs to know, and how one can fail."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final, Literal

from edgepose.errors import EX_CONFIG, UserError

MOST_OF_A_FILE: Final = 65536
"""Bytes read of a password's file."""
ProtocolVersion = Literal["5", "3.1.1"]


@dataclass(frozen=True, slots=True)
class Tls:
    """What a connection is encrypted with: paths of files in PEM. None of `cafile`: the system's.

    `digest` tells one content of the files from another: another one is another connection.
    """

    cafile: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the broker is and who we are: config keys `mqtt.*`.

    `client_id` stays the same for a device over restarts, so that the broker knows a device
    that comes back from a power cut. `installation` tells this machine from others. `why_silent`
    is asked, with the host and on a thread that may wait, where nothing came back: it may know of
    a reason on this machine.
    """

    host: str
    port: int
    client_id: str
    version: Literal["auto", "5", "3.1.1"] = "auto"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    installation: str = ""
    why_silent: Callable[[str, OSError], str | None] = field(
        default=lambda _host, _error: None, repr=False, compare=False
    )

    @property
    def broker(self) -> str:
        """For messages to people."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message. `expiry_s` and `content_type` are MQTT 5's and left out in 3.1.1."""

    topic: str
    payload: bytes
    qos: Literal[0, 1] = 0
    retain: bool = False
    expiry_s: int | None = None
    content_type: str | None = None
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came. `retained`: the broker had kept it. `response_topic` and `correlation`
    are MQTT 5's, where the sender wants an answer."""

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None


class Failure(Enum):
    """Why there is no connection; it decides what is tried next and how soon."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNSUPPORTED_VERSION = "unsupported protocol version"
    CLOSED_EARLY = "closed before CONNACK"
    UNANSWERED = "no CONNACK"
    LOST = "lost"
    TAKEN = "the name is another's"


class SessionError(Exception):
    """A connection failed or ended; the text tells a person why."""

    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure


def read_password(path: Path) -> str:
    """The first line of `mqtt.password_file`. Raises UserError where it cannot be read.

    What the key holds is not told: it may be the password itself, written there by mistake.
    """
    try:
        data = read_plain(path, MOST_OF_A_FILE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise _bad_password(
            f"the file with the password cannot be read: {reason}; the key wants a file's path, and"
            " the user that edgepose runs as must be able to read it"
        ) from None
    if data is None:
        raise _bad_password("this is no file; the key wants the path of one")
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise _bad_password("the file with the password is not text in UTF-8") from None
    if not lines or not lines[0]:
        raise _bad_password("the first line of the file with the password is empty")
    return lines[0]


def read_plain(path: Path, most: int) -> bytes | None:
    """The first `most` bytes of a file, None of what is no plain one. Raises OSError, and
    ValueError for what is no path."""
    # A pipe would keep us waiting, and a device may have no end.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(most)
    finally:
        os.close(descriptor)
    return None


def _bad_password(message: str) -> UserError:
    return UserError(f"mqtt.password_file: {message}", EX_CONFIG)
