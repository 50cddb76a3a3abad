"""Where a file is to be, and where it is until it is whole. Raises UserError."""

import contextlib
import itertools
import os
from pathlib import Path
from typing import Final

from edgepose.errors import EX_IOERR, UserError

_numbers: Final = itertools.count()


class Place:
    """A file under a hidden name beside its own, until `keep` or `forget`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Not with its own name in it, which may be as long as a name can be.
        self.until_then = path.with_name(f".edgepose-{os.getpid()}-{next(_numbers)}.part")

    def keep(self) -> None:
        """It is whole: put it where it belongs."""
        try:
            self.until_then.replace(self.path)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def forget(self) -> None:
        """It is nothing."""
        with contextlib.suppress(OSError):
            self.until_then.unlink()


def unwritable(path: Path, error: Exception) -> UserError:
    """What to tell where `path` cannot be written."""
    reason = getattr(error, "strerror", None) or error
    return UserError(f"{path}: cannot be written: {reason}", EX_IOERR)


def check_writable(path: Path) -> None:
    """Try to write a file at `path`, whose folder must be there, and leave nothing behind."""
    place = Place(path)
    if path.is_dir():
        raise UserError(f"{path}: is a folder; give the name of a file", EX_IOERR)
    try:
        place.until_then.open("xb").close()
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise UserError(f"{path}: no name for a file", EX_IOERR) from error
    place.forget()


def make_folder(path: Path) -> None:
    """Make the folder where it is not there, and be sure that files can be written in it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        if isinstance(error, FileExistsError):
            raise UserError(f"{path}: is a file; give the name of a folder", EX_IOERR) from error
        if isinstance(error, OSError):
            raise unwritable(path, error) from error
        raise UserError(f"{path}: no name for a folder", EX_IOERR) from error
    check_writable(path / "edgepose")
