"""Pictures in files, one after the other.

Owns the list of files and the pictures kept in memory; waiting belongs to the source that shows
them. Runs on the capture thread. Raises `UserError`; a single bad picture is only a warning.
"""

import itertools
import logging
import re
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np

from edgepose.errors import UserError
from edgepose.vision.frame import Image
from edgepose.vision.sources.opencv import Shot, fit

SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
KEEP_BYTES: Final = 64_000_000
"""Pictures that take no more than this together are decoded once and kept."""

log = logging.getLogger(__name__)


def find_pictures(folder: Path) -> list[Path]:
    """Find the pictures of a folder, in natural order: `2.jpg` stands before `10.jpg`.

    Hidden files and folders inside are left out. `UserError` where there is no picture.
    """
    try:
        entries = sorted(folder.iterdir(), key=lambda path: natural_key(path.name))
        found = [path for path in entries if is_picture(path) and path.is_file()]
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error.strerror}") from error
    if not found:
        raise UserError(
            f"{folder}: no picture among the {len(entries)} entries of this folder; "
            f"allowed are {', '.join(SUFFIXES)}"
        )
    return found


def is_picture(path: Path) -> bool:
    """Tell by its name whether a file is a picture."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def play_pictures(
    paths: Sequence[Path], size: tuple[int, int], rate: float, loop: bool
) -> Generator[Shot, None, None]:
    """Yield the pictures, `rate` a second (0: no interval); with `loop` again and again.

    A picture that cannot be read is left out from then on, with a line in the log. `UserError`
    if none can be read.
    """
    interval_ns = round(1e9 / rate) if rate else 0
    left = list(paths)
    unread: list[UserError] = []
    kept: list[Image] = []
    room = KEEP_BYTES
    while True:
        for path in tuple(left):
            try:
                image = _load(path, size)
            except UserError as error:
                left.remove(path)
                unread.append(error)
                continue
            _tell_of(unread)
            if loop and (room := room - image.nbytes) >= 0:
                kept.append(image)
            else:
                kept.clear()
            yield Shot(image, interval_ns)
        if not left:
            raise _none_readable(paths, unread)
        _tell_of(unread)
        if not loop:
            return
        # For ever, but for nothing where not all of them could be kept.
        yield from (Shot(image, interval_ns) for image in itertools.cycle(kept))


def _load(path: Path, size: tuple[int, int]) -> Image:
    # Read by Python: OpenCV would not say why it cannot, nor take a name that is not text.
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        # No bytes at all, or more pixels than OpenCV is willing to decode.
        image = None
    if image is None:
        raise UserError(f"{path}: {data.size} bytes that are no whole picture")
    return cast(Image, fit(image, size))


def _tell_of(unread: list[UserError]) -> None:
    """Warn of the pictures that could not be read: not before one could, else the error does."""
    for error in unread:
        log.warning("%s; left out", error)
    unread.clear()


def _none_readable(paths: Sequence[Path], unread: list[UserError]) -> UserError:
    if len(paths) == 1:
        return unread[0]
    return UserError(
        f"{paths[0].parent}: none of its {len(paths)} pictures can be read; "
        f"the last of them: {unread[-1]}"
    )


def natural_key(name: str) -> list[str | int]:
    """What to sort names by, so that `2.jpg` stands before `10.jpg`."""
    # Text and numbers take turns, so that two names never compare a text with a number.
    parts = re.split("([0-9]+)", name.casefold())
    return [int(part) if part.isdecimal() else part for part in parts]
