"""From a path to text: everything that can be wrong with a file before it is YAML.

Reads once and never more than a bound. Raises `ConfigError`.
"""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from edgepose.config.problem import ConfigError, Problem

MAX_BYTES = 64 * 1024
"""Many times what all keys with their comments take."""


def read_text(path: Path) -> str:
    """Read a file as UTF-8, without its byte order mark."""
    data = _read(path)
    if len(data) > MAX_BYTES:
        raise _error(path, f"is larger than {MAX_BYTES // 1024} KiB, too large for a configuration")
    data = data.removeprefix(BOM_UTF8)
    if not data.strip():
        raise _error(path, "is empty; write {} to take every default, or copy the default file")
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise _error(path, "is UTF-16; save it as UTF-8")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        wrong = f"byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8 text"
        raise ConfigError([Problem(str(path), line, column, None, wrong)]) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _error(path, "does not exist; copy the default file there") from None
    except IsADirectoryError:
        raise _error(path, "is a directory; give the file in it") from None
    except PermissionError:
        raise _error(path, "may not be read by this user; see its permissions") from None
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}") from None


def _error(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), None, None, None, message)])
