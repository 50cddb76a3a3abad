"""The source that reads pictures from a pipe: order, stamps, ends, and what is no such stream."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from edgepose.errors import UserError
from edgepose.vision.frame import Image
from edgepose.vision.sources.stream import StreamSource
from tests.harness.wait import wait_for

HEADER = b"YUV4MPEG2 W4 H2 F10:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2\n"


def picture(luma: int) -> bytes:
    """Grey, 4 x 2."""
    return b"FRAME\n" + bytes([luma] * 8 + [128] * 4)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Its end to read, which the source closes, and the other."""
    ours, theirs = os.pipe()
    yield ours, theirs
    for fd in (ours, theirs):
        try:
            os.close(fd)
        except OSError:
            continue


def now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def greys(images: list[Image]) -> list[int]:
    """From the limited range of video: 16 is black, 235 white."""
    for image in images:
        assert image.shape == (2, 4, 3)
        assert image.dtype == np.uint8
    return [int(image[0, 0, 0]) for image in images]


def test_pictures_come_in_order_with_the_time_at_which_they_were_here(
    pipe: tuple[int, int],
) -> None:
    before = now_ns()
    os.write(pipe[1], HEADER + picture(16) + picture(126) + picture(235))
    with closing(StreamSource(pipe[0])) as source:
        frames = source.frames(threading.Event())
        found = [next(frames) for _ in range(3)]
        assert [frame.number for frame in found] == [0, 1, 2]
        assert greys([frame.image for frame in found]) == [0, 128, 255]
        stamps = [frame.captured_ns for frame in found]
        assert before <= stamps[0] <= stamps[1] <= stamps[2] <= now_ns()
        assert source.lives


def test_a_picture_may_come_in_pieces(pipe: tuple[int, int]) -> None:
    data = HEADER + picture(16) + picture(235)

    def write() -> None:
        for byte in data:
            os.write(pipe[1], bytes([byte]))

    writer = threading.Thread(target=write)
    writer.start()
    with closing(StreamSource(pipe[0])) as source:
        frames = source.frames(threading.Event())
        assert greys([next(frames).image, next(frames).image]) == [0, 255]
    writer.join()


def test_what_is_not_wanted_is_read_all_the_same(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], HEADER + b"".join(map(picture, (16, 126, 235))))
    with closing(StreamSource(pipe[0])) as source:
        asked: list[int] = []

        def wanted(captured_ns: int) -> bool:
            asked.append(captured_ns)
            return len(asked) == 3

        (frame,) = [next(source.frames(threading.Event(), wanted))]
        assert (frame.number, greys([frame.image])) == (2, [255])
        assert len(asked) == 3


def test_it_stops_while_nothing_comes(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], HEADER + picture(16) + b"FRAME\nhalf")
    with closing(StreamSource(pipe[0])) as source:
        stop, numbers = threading.Event(), list[int]()

        def look() -> None:
            numbers.extend(frame.number for frame in source.frames(stop))

        thread = threading.Thread(target=look)
        thread.start()
        wait_for(lambda: numbers or thread.is_alive(), 5, "the first picture")
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_its_end_is_an_error(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], HEADER + picture(16))
    os.close(pipe[1])
    with closing(StreamSource(pipe[0])) as source:
        frames = source.frames(threading.Event())
        next(frames)
        with pytest.raises(UserError, match="the stream has ended"):
            next(frames)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEADER,
        HEADER + picture(1)[:-1],
        HEADER + b"FRAMES\n" + bytes(12),
        HEADER.replace(b"420mpeg2", b"444"),
        HEADER.replace(b"W4", b"W5"),
        HEADER.replace(b"W4", b"W0"),
        HEADER.replace(b"W4", b"W40960"),
        HEADER.replace(b"W4", b"Wide"),
        b"RIFF" + bytes(1000),
        b"<html>\n",
    ],
)
def test_what_is_no_stream_is_refused_in_a_line_and_closed(
    pipe: tuple[int, int], data: bytes
) -> None:
    os.write(pipe[1], data)
    os.close(pipe[1])
    with pytest.raises(UserError) as caught:
        StreamSource(pipe[0])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(pipe[0])


@pytest.mark.parametrize("instead", [b"\n", b"\n" + picture(16), b"frame\n"])
def test_a_stream_that_is_out_of_step_is_no_end_to_wish_for(
    pipe: tuple[int, int], instead: bytes
) -> None:
    os.write(pipe[1], HEADER + picture(16) + instead)
    with closing(StreamSource(pipe[0])) as source:
        frames = source.frames(threading.Event())
        next(frames)
        with pytest.raises(UserError, match="out of step"):
            next(frames)
