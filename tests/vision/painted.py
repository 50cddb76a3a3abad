"""Pictures that carry a number in coarse blocks, and films of them: order, doubles, loss show."""

import itertools
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from edgepose.vision.frame import Image

BITS = 8
SIZE = (160, 120)


def painted(number: int, size: tuple[int, int] = SIZE) -> Image:
    """RGB; the upper half is red, the lower one holds the number, the lowest bit to the left."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, :, 0] = 255
    for bit in range(BITS):
        if number >> bit & 1:
            image[height // 2 :, bit * width // BITS : (bit + 1) * width // BITS] = 255
    return image


def number_in(image: Image) -> int:
    """Read the number from the middle of each block."""
    height, width = image.shape[:2]
    row = image[height * 3 // 4]
    return sum(
        (int(row[(2 * bit + 1) * width // (2 * BITS), 1]) > 127) << bit for bit in range(BITS)
    )


def encoded(image: Image, suffix: str) -> bytes:
    """The bytes of a picture file."""
    done, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


def make_film(
    path: Path, count: int, rate: float = 25.0, code: str = "MJPG", size: tuple[int, int] = SIZE
) -> Path:
    """Write a film of the pictures 0 to `count` - 1."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), rate, size)
    assert writer.isOpened()
    for number in range(count):
        writer.write(cv2.cvtColor(painted(number, size), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def make_uneven_film(path: Path, at_ms: Sequence[int]) -> Path:
    """Write a Matroska film of the pictures 0, 1, ... with these times, multiples of 10 ms."""
    even = make_film(path.with_name("even.mkv"), len(at_ms))
    # Its packets are copied as they are, with other times.
    reader = cv2.VideoCapture(str(even), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
    writer = cv2.VideoWriter()
    assert writer.open(
        str(path),
        cv2.CAP_FFMPEG,
        cv2.VideoWriter.fourcc(*"MJPG"),
        100.0,
        SIZE,
        [cv2.VIDEOWRITER_PROP_RAW_VIDEO, 1],
    )
    for each in at_ms:
        _, packet = reader.read()
        writer.set(cv2.VIDEOWRITER_PROP_PTS, each // 10)
        writer.write(packet)
    reader.release()
    writer.release()
    return path


class NeverWaits(threading.Event):
    """A stop that must not be waited for."""

    def wait(self, timeout: float | None = None) -> bool:
        raise AssertionError(f"waited for {timeout} s")


class StopsWhenWaitedFor(threading.Event):
    """A stop that is set as soon as somebody waits for his time."""

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.set()
        return True


def gaps(stamps: Iterable[int]) -> list[int]:
    """The differences of neighbours."""
    return [after - before for before, after in itertools.pairwise(stamps)]
