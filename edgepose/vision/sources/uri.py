"""The source `uri`: a film, a picture, or a folder of pictures.

Owns the decision what a `uri` names, and the pace; decoding belongs to `film` and `pictures`. A
camera on the network has no source of its own: `stream` reads the pipe of a program that does that.
Opened on the main thread, then used on the capture thread. Raises `UserError`.
"""

import itertools
import os
import re
import stat
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from edgepose.address import SCHEMES
from edgepose.errors import EX_CONFIG, UserError
from edgepose.vision.frame import Frame
from edgepose.vision.sources import Asked, all_of_them
from edgepose.vision.sources.film import play_film
from edgepose.vision.sources.opencv import Shot
from edgepose.vision.sources.pace import Pace
from edgepose.vision.sources.pictures import SUFFIXES, find_pictures, is_picture, play_pictures

_ALLOWED: Final = f"a film, a picture ({' '.join(SUFFIXES)}) or a folder of pictures"
# Two letters at least: a scheme, as RFC 3986 writes it.
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?=:)")


class FileSource:
    """Shows what `shots` yields, each picture at its time on CLOCK_BOOTTIME, or without waiting.

    The first picture is read at once, so that a file that cannot be shown fails here, by
    `UserError`. A picture's time that has passed is not made up for: what is slow to decode is
    shown slower, and nothing is left out. `lives`: see `Source`.
    """

    def __init__(
        self, shots: Generator[Shot, None, None], waits: bool, *, lives: bool = False
    ) -> None:
        self.lives = lives
        self._shots = shots
        self._ahead: Iterator[Shot] = itertools.chain([next(shots)], shots)
        self._waits = waits
        self._number = 0

    def frames(self, stop: threading.Event, wanted: Asked = all_of_them) -> Iterator[Frame]:
        """See `Source.frames`; `captured_ns` is the moment at which it is shown."""
        pace = Pace(stop)
        for image, interval_ns in self._ahead:
            captured_ns = pace.wait(interval_ns if self._waits else 0)
            if captured_ns is None:
                return
            number, self._number = self._number, self._number + 1
            if wanted(captured_ns):
                yield Frame(image, number, captured_ns)

    def describe(self) -> dict[str, object]:
        """Tell nothing: there is no sensor."""
        return {}

    def close(self) -> None:
        """Close the film; what was read ahead is forgotten."""
        self._shots.close()
        self._ahead = iter(())


def open_uri(uri: str, size: tuple[int, int], rate: float, loop: bool) -> FileSource:
    """Open what `uri` names: a path, or a `file:` address.

    Pictures are RGB and fit within `size` (width, height). `rate`: how many pictures of a
    folder are shown in a second; a film keeps its own speed; with 0 neither waits. `UserError`
    says what was found and what is allowed.
    """
    path = _local_path(uri)
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{uri}: no such file or folder; allowed is {_ALLOWED}") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{uri}: cannot be read: {why}") from error
    if stat.S_ISDIR(status.st_mode):
        return FileSource(play_pictures(find_pictures(path), size, rate, loop), rate > 0)
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{uri}: neither a file nor a folder; allowed is {_ALLOWED}")
    if is_picture(path):
        return FileSource(play_pictures([path], size, rate, loop), rate > 0)
    return FileSource(play_film(path, size, loop), rate > 0, lives=True)


def _local_path(uri: str) -> Path:
    if not uri:
        raise UserError(f"the source `uri` is empty; allowed is {_ALLOWED}", EX_CONFIG)
    scheme = _SCHEME.match(uri)
    # A file may have a colon in its name.
    if scheme is None or os.path.lexists(uri):
        return Path(uri)
    if scheme[0].lower() == "file" and urlsplit(uri).netloc in ("", "localhost"):
        return Path(unquote(urlsplit(uri).path))
    # Not the whole address: there may be a password in it.
    raise UserError(
        f"{scheme[0]}: nothing is read from there; allowed is {_ALLOWED}, or an address with"
        f" {', '.join(SCHEMES)}",
        EX_CONFIG,
    )
