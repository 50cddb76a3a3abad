"""A stream of pictures from a pipe, which a program outside writes in the form of yuv4mpegpipe.

That form tells size and pixel format once, and has each picture whole behind a line of its own.
Owns the descriptor. Opened on the main thread, which waits for the first picture, however long that
takes; then used on the capture thread, which takes each picture as it comes, wanted or not: what
would wait in the pipe would be late. Raises `UserError` when the stream is none that is known, or
ends: a camera has no end.
"""

import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Iterator
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.errors import UserError
from edgepose.vision.frame import Frame, Image
from edgepose.vision.sources import Asked, all_of_them

STOP_S: Final = 0.1
"""Between two looks at whether to stop, while nothing comes."""
LONGEST_LINE: Final = 256
"""Bytes of a header."""
LARGEST: Final = 4096
"""Of a side, as `camera.size` allows."""
_MAGIC: Final = b"YUV4MPEG2 "
_FRAME: Final = b"FRAME"
_PIPE_BYTES: Final = 1 << 20
"""As many as anybody may have: the writer need not wait within a picture."""
_CHUNK: Final = 1 << 16


class StreamSource:
    """Shows what comes from the descriptor `fd`, which is its own from now on.

    Waits for the first picture, so that a stream without one fails here, by `UserError`.
    `captured_ns` is the moment at which a picture is here, whole. `lives`: see `Source`.
    """

    lives = True

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd
        self._ahead = b""
        self._stop = threading.Event()
        _enlarge(fd)
        try:
            self._width, self._height = _size(self._line())
            self._first: tuple[npt.NDArray[np.uint8], int] | None = self._next()
        except BaseException:
            # Whatever it was: with the pipe open ffmpeg would go on writing.
            self.close()
            raise

    def frames(self, stop: threading.Event, wanted: Asked = all_of_them) -> Iterator[Frame]:
        """See `Source.frames`; ends by `stop` alone."""
        self._stop = stop
        number = 0
        while not stop.is_set():
            taken, self._first = self._first or self._next(), None
            if taken is None:
                return
            planes, captured_ns = taken
            if wanted(captured_ns):
                image = cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420)
                yield Frame(cast(Image, image), number, captured_ns)
            number += 1

    def describe(self) -> dict[str, object]:
        """Tell what arrives here; of the camera nothing is known."""
        return {"format": "YUV420", "mode": {"size": [self._width, self._height]}}

    def close(self) -> None:
        """Close the pipe, which ends whoever writes to it."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _next(self) -> tuple[npt.NDArray[np.uint8], int] | None:
        """The next picture's planes, and when it was here; None where it is to stop."""
        header = self._line()
        if not header and self._stop.is_set():
            return None
        if header.split(b" ", 1)[0] != _FRAME:
            raise UserError("the stream is out of step: no picture begins where one should")
        planes = np.empty((self._height * 3 // 2, self._width), np.uint8)
        view = planes.data.cast("B")
        filled = min(len(self._ahead), len(view))
        view[:filled] = self._ahead[:filled]
        self._ahead = self._ahead[filled:]
        while filled < len(view):
            if not self._wait():
                return None
            filled += self._read_into(view[filled:])
        return planes, time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def _line(self) -> bytes:
        """A line without its end; nothing where it is to stop."""
        while (end := self._ahead.find(b"\n")) < 0:
            if len(self._ahead) > LONGEST_LINE:
                raise UserError("the stream is none that is known: its first line has no end")
            if not self._wait():
                return b""
            chunk = bytearray(_CHUNK)
            self._ahead += chunk[: self._read_into(memoryview(chunk))]
        line, self._ahead = self._ahead[:end], self._ahead[end + 1 :]
        return line

    def _wait(self) -> bool:
        """Wait until something can be read; whether it may go on."""
        assert self._fd is not None
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        while not self._stop.is_set():
            if poll.poll(STOP_S * 1000):
                return True
        return False

    def _read_into(self, view: memoryview) -> int:
        assert self._fd is not None
        count = os.readv(self._fd, [view])
        if count == 0:
            raise UserError("the stream has ended")
        return count


def _size(header: bytes) -> tuple[int, int]:
    """Width and height of the pictures, from a stream's first line."""
    words = {word[:1]: word[1:] for word in header.removeprefix(_MAGIC).split()}
    try:
        width, height = int(words[b"W"]), int(words[b"H"])
    except (KeyError, ValueError):
        width = height = 0
    known = header.startswith(_MAGIC) and words.get(b"C", b"420") in (
        b"420",
        b"420jpeg",
        b"420mpeg2",
    )
    even = width % 2 == height % 2 == 0
    if not (known and even and 0 < width <= LARGEST and 0 < height <= LARGEST):
        told = header[:LONGEST_LINE].decode(errors="replace")
        raise UserError(f"the stream is none that is known: it begins with {told!r}")
    return width, height


def _enlarge(fd: int) -> None:
    with contextlib.suppress(OSError):
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
