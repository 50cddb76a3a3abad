"""A film, frame by frame, through OpenCV's ffmpeg.

Owns the opened film; waiting for a frame's time belongs to the source that plays it. Runs on the
capture thread. Raises `UserError`.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final, cast

import cv2

from edgepose.errors import UserError
from edgepose.vision.frame import Image
from edgepose.vision.sources.opencv import Shot, fit

USUAL_RATE: Final = 30.0
"""Frames a second of a film that does not tell."""
FASTEST_RATE: Final = 1000.0
"""More frames a second than this is no rate: some formats tell their clock's instead."""
LONGEST_MS: Final = 10_000.0
"""A longer way from one frame to the next is taken for a broken time stamp. No picture is shown
for longer: the supervision takes that for a camera that has stalled."""


def play_film(path: Path, size: tuple[int, int], loop: bool) -> Generator[Shot, None, None]:
    """Yield the film's frames and the film's own times between them; with `loop`, for ever.

    A film with a broken end plays up to it. `UserError` where the file holds no film or no frame.
    Closing the generator closes the film.
    """
    interval_ms = 0.0
    while True:
        # Opened anew for each round: not every format can be wound back.
        capture = _open(path)
        before_ms: float | None = None
        try:
            usual_ms = min(1e3 / _rate(capture), LONGEST_MS)
            # The last frame of a round lasts as long as the one before it.
            interval_ms = interval_ms or usual_ms
            while (read := capture.read())[0]:
                at_ms = capture.get(cv2.CAP_PROP_POS_MSEC)
                if before_ms is not None:
                    # A raw stream has no time stamps: all its frames are at 0.
                    sane = 0 < at_ms - before_ms <= LONGEST_MS
                    interval_ms = at_ms - before_ms if sane else usual_ms
                before_ms = at_ms
                # Scaled first: there is less to convert then.
                image = cv2.cvtColor(fit(read[1], size), cv2.COLOR_BGR2RGB)
                yield Shot(cast(Image, image), round(interval_ms * 1e6))
        finally:
            capture.release()
        if before_ms is None:
            raise UserError(f"{path}: the film holds no frame that can be read")
        if not loop:
            return


def _open(path: Path) -> cv2.VideoCapture:
    try:
        with path.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    # Absolute, because ffmpeg takes what stands before a colon for a protocol; bytes, which
    # OpenCV takes though its types deny it, because a file's name need not be text.
    capture = cv2.VideoCapture(os.fsencode(path.absolute()), cv2.CAP_FFMPEG)  # type: ignore[call-overload]
    if not capture.isOpened():
        raise UserError(
            f"{path}: no film that can be played was found in this file of {length} bytes: it is "
            "something else, or broken, or cut short; allowed are films such as avi, mp4, mkv, webm"
        )
    return cast(cv2.VideoCapture, capture)


def _rate(capture: cv2.VideoCapture) -> float:
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 0 < rate <= FASTEST_RATE else USUAL_RATE
