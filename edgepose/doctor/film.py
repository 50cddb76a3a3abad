"""Whether the film, the picture or the folder is there that `camera.uri` names.

Looks at the file system, and opens nothing: what is in a film the source tells when it plays it.
What is no file is for `stream.py`.
Runs on any thread. Raises nothing.
"""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from edgepose.address import UNKNOWN
from edgepose.config.access import User, closed
from edgepose.errors import UserError

if TYPE_CHECKING:
    from edgepose.config.model import Config


def wrong(config: "Config", folder: Path, user: User) -> str | None:
    """Why `user` cannot show it, in one line; None where it can, where no film is wanted, or
    where that cannot be told from here. `folder` holds the configuration."""
    uri = config.camera.uri
    if config.camera.source != "uri" or uri is None:
        return None
    from edgepose import translate

    if translate.is_stream(uri, folder):
        return None
    try:
        path = _local(translate.place(uri, folder))
        no = _unfit(path, user)
    except UserError as error:
        return str(error)
    return None if no is None else f"camera.uri: {path}: {no}"


def _local(place: str) -> Path:
    """The path of a `file:` address, or of what is none."""
    address = urlsplit(place)
    if place.startswith("/") or not address.scheme:
        return Path(place)
    if address.scheme.lower() != "file":
        # Not the whole address: there may be a password in it.
        raise UserError(f"camera.uri: {address.scheme}: {UNKNOWN}")
    return Path(unquote(address.path))


def _unfit(path: Path, user: User) -> str | None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "no such file or folder"
    except PermissionError as error:
        # Somebody else may see it.
        mine = user.number == os.geteuid()
        return closed(path, user) or (f"cannot be read: {error.strerror}" if mine else None)
    except (OSError, ValueError) as error:
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return "is neither a file nor a folder"
    return closed(path, user)
