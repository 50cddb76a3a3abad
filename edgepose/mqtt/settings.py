"""What a connection needs to know, and how one can fail."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

from edgepose.errors import EX_CONFIG, UserError

ProtocolVersion = Literal["5", "3.1.1"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the broker is and who we are: config keys `mqtt.*`.

    `client_id` stays the same for a device over restarts, so that the broker knows a device
    that comes back from a power cut.
    """

    host: str
    port: int
    client_id: str
    version: Literal["auto", "5", "3.1.1"] = "auto"
    username: str | None = None
    password: str | None = field(default=None, repr=False)

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


class Failure(Enum):
    """Why there is no connection; it decides what is tried next and how soon."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNSUPPORTED_VERSION = "unsupported protocol version"
    CLOSED_EARLY = "closed before CONNACK"
    UNANSWERED = "no CONNACK"
    LOST = "lost"


class SessionError(Exception):
    """A connection failed or ended; the text tells a person why."""

    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure


def read_password(path: Path) -> str:
    """The first line of `mqtt.password_file`. Raises UserError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"mqtt.password_file: {path}: {error.strerror}; "
            "the file must be readable by the user that edgepose runs as",
            EX_CONFIG,
        ) from error
    except UnicodeDecodeError:
        raise UserError(f"mqtt.password_file: {path}: is not text in UTF-8", EX_CONFIG) from None
    password = text.splitlines()[0] if text else ""
    if not password:
        raise UserError(f"mqtt.password_file: {path}: the first line is empty", EX_CONFIG)
    return password
