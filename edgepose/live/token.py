"""The token that opens the live page: made, kept, read and compared.

Owns the file of the one that edgepose makes itself, in its state directory, and what a browser
keeps instead of the token. Reading and writing block: call them on a thread that may wait. Raises
UserError, in which the token never stands.
"""

import contextlib
import hmac
import os
import secrets
import uuid
from pathlib import Path
from typing import Final

from edgepose.errors import EX_CONFIG, UserError
from edgepose.mqtt.settings import read_plain

NAME: Final = "live-token"
LEAST: Final = 16
"""Characters of a token: whoever reaches the page may try as often as they like."""
MOST: Final = 256
_BYTES: Final = 24
"""Of chance in a token of our own: 32 characters, which a person can still copy."""


class Token:
    """A token, which is shown to nobody. `cookie` and `value` are what a browser keeps of it: its
    own for each token, so that two devices behind one tunnel do not take each other's away."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self.cookie = f"edgepose_live_{self._derived('name')[:8]}"
        self.value = self._derived("value")

    def is_(self, given: str) -> bool:
        """Whether this is the token; takes as long for any other one of its length."""
        return hmac.compare_digest(given.encode(errors="replace"), self._text)

    def is_kept(self, value: str) -> bool:
        """Whether a browser keeps this of it."""
        return hmac.compare_digest(value.encode(errors="replace"), self.value.encode())

    def _derived(self, what: str) -> str:
        # With what only this machine knows: from what a browser keeps, and sends to each port of
        # this machine, nobody can find the token, nor make it out of a guess.
        return hmac.digest(
            _machine(), b"edgepose live " + what.encode() + self._text, "sha256"
        ).hex()

    def __repr__(self) -> str:
        return "Token(...)"


def folder_of(state: Path | None) -> Path:
    """Where our own token lies: in the state directory that systemd names, by hand in the user's
    (XDG Base Directory Specification)."""
    if state is not None:
        return state
    given = os.environ.get("XDG_STATE_HOME", "")
    base = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return base / "edgepose"


def place(folder: Path) -> Path:
    """The file of our own token."""
    return folder / NAME


def look(path: Path) -> tuple[int, int, int, int] | None:
    """What tells one state of a file from another; None where there is no file. A look costs
    microseconds and does not wait."""
    try:
        now = path.stat()
    except OSError:
        return None
    return (now.st_dev, now.st_ino, now.st_mtime_ns, now.st_ctime_ns)


def read(path: Path, key: str = "live.token_file") -> Token:
    """The first line of the file."""
    return Token(read_text(path, key))


def read_text(path: Path, key: str = "live.token_file") -> str:
    """The first line of the file, for who is to be told it."""
    try:
        data = read_plain(path, MOST + 1)
    except (OSError, ValueError) as error:
        # What the key holds is not told: it may be the token itself, written there by mistake.
        reason = getattr(error, "strerror", None) or "no such path"
        raise _bad(key, f"the file with the token cannot be read: {reason}") from None
    if data is None:
        raise _bad(key, "this is no file; the key wants the path of one")
    lines = data.decode("ascii", errors="replace").splitlines()
    text = lines[0].strip() if lines else ""
    if not text.isascii() or not text.isprintable() or not LEAST <= len(text) <= MOST:
        wanted = f"{LEAST} to {MOST} letters, digits and signs"
        raise _bad(key, f"the first line of the file with the token is not of {wanted}")
    return text


def own(folder: Path) -> Path:
    """The file of our own token, which is made where it is missing."""
    path = place(folder)
    try:
        there = path.exists()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    return path if there else make(folder)


def make(folder: Path) -> Path:
    """Write a new token of our own, whole or not at all: the file."""
    path, fresh = place(folder), folder / f"{NAME}.new"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat()
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(_BYTES)}\n")
            if os.geteuid() == 0:
                # Root makes it for the service's user.
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            file.flush()
            os.fsync(descriptor)
        fresh.replace(path)
        within = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(within)
        finally:
            os.close(within)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise UserError(f"{path}: the token cannot be written: {error.strerror}") from None
    return path


def _machine() -> bytes:
    """What tells this machine and is told to nobody."""
    try:
        return Path("/etc/machine-id").read_bytes().strip()
    except OSError:
        return f"{uuid.getnode():x}".encode()


def _bad(key: str, message: str) -> UserError:
    return UserError(f"{key}: {message}", EX_CONFIG)
