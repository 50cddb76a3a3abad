"""From a path to text: everything that can be wrong with a file before it is YAML.

Never reads more than a bound, never waits for what is no plain file. Runs on any thread.
Raises `ConfigError`.
"""

import errno
import io
import os
import stat
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from edgepose.config.access import closed, oneself
from edgepose.config.problem import ConfigError, Problem, position

MAX_BYTES = 64 * 1024
"""Many times what all keys with their comments take."""
_TRIES = 5
"""How often a file is read that somebody writes at the same time."""

_KINDS = (
    (stat.S_ISDIR, "is a directory; give the file in it"),
    (stat.S_ISFIFO, "is a pipe, not a file"),
    (stat.S_ISSOCK, "is a socket, not a file"),
    (stat.S_ISCHR, "is a device, not a file"),
    (stat.S_ISBLK, "is a device, not a file"),
)
_COPY = "copy the default file there"


def read_bytes(path: Path) -> bytes:
    """Read a file that is not larger than a configuration may be.

    What is given stood in the file at one moment, as far as its size and times tell.
    """
    try:
        # Before it is opened, for opening a device may do something.
        _refuse_what_is_no_file(path, path.stat().st_mode)
        # A pipe that has taken the file's place since must not make us wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with io.FileIO(descriptor) as file:
            _refuse_what_is_no_file(path, os.fstat(descriptor).st_mode)
            data = quiet(file)
    except OSError as error:
        raise _error(path, _refused(path, error)) from None
    if data is None:
        raise _error(path, "is being written at this moment; try again when it is saved")
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return data


def quiet(file: io.FileIO) -> bytes | None:
    """Read the file until nobody has written to it meanwhile; None where somebody always has.

    Raises `OSError`.
    """
    for _ in range(_TRIES):
        before = os.fstat(file.fileno())
        file.seek(0)
        data = bytearray()
        while len(data) <= MAX_BYTES and (more := file.read(MAX_BYTES + 1 - len(data))):
            data += more
        after = os.fstat(file.fileno())
        # Some file systems give the size only while reading, and say 0 before and after.
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return bytes(data)
    return None


def _too_large(path: Path) -> ConfigError:
    return _error(path, f"is larger than {MAX_BYTES // 1024} KiB, too large for a configuration")


def decode(data: bytes, path: Path) -> str:
    """Take a file's bytes as UTF-8, without the byte order mark; `path` is what errors call it."""
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    data = data.removeprefix(BOM_UTF8)
    if not data.strip():
        raise _error(path, "is empty; write {} to take every default, or copy the default file")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise _error(path, "is UTF-16; save it as UTF-8")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        wrong = f"byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8 text"
        raise _at(path, before, wrong) from None
    before, zero, _ = text.partition("\0")
    if zero:
        wrong = "zero bytes stand here: the file is no text, or was lost in a power cut; "
        raise _at(path, before, f"{wrong}write it anew")
    return text


def _refuse_what_is_no_file(path: Path, mode: int) -> None:
    for is_kind, message in _KINDS:
        if is_kind(mode):
            raise _error(path, message)


def _refused(path: Path, error: OSError) -> str:
    """Say why the system did not give the file."""
    if error.errno == errno.ENOENT:
        return _missing(path)
    if error.errno == errno.ELOOP:
        return "is a link that leads back to itself; remove it and put the file there"
    if error.errno == errno.ENOTDIR:
        above = next((each for each in path.parents if each.is_file()), path.parent)
        return f"cannot be there, for {above} is a file and no directory"
    if error.errno in (errno.EACCES, errno.EPERM):
        user = oneself()
        more = "by its mode it might: an access list or the sandbox of the service forbids it"
        return closed(path, user) or f"may not be read by the user {user.name}; {more}"
    return f"cannot be read: {error.strerror}"


def _missing(path: Path) -> str:
    if path.is_symlink():
        return f"is a link to {path.readlink()}, which does not exist; mend the link, or {_COPY}"
    missing = [each for each in path.parents if not each.exists()]
    if missing:
        return f"does not exist, nor does the directory {missing[-1]}"
    return f"does not exist; {_COPY}"


def _at(path: Path, before: str, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), *position(before), None, message)])


def _error(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), None, None, None, message)])
