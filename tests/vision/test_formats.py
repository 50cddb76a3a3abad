"""Pixel formats: whatever a camera writes, the colours are right and in their places."""

import numpy as np
import numpy.typing as npt
import pytest

from edgepose.errors import UserError
from edgepose.vision.frame import Image
from edgepose.vision.sources.pi.formats import FORMATS, BrokenPicture, Layout, to_rgb
from edgepose.vision.sources.pi.pick import pick_format
from tests.vision.encoders import COLOURS, ENCODERS, SIZE, bars, ycbcr

NEAR = 3
"""Levels by which a colour may be off: two roundings to 8 bits, made larger by the matrix."""
YUV = [name for name in ENCODERS if name.startswith(("Y", "N", "U", "V"))]
ROWS = [name for name in ENCODERS if name != "MJPEG"]


def written(
    name: str, padding: int = 0, full: bool = False, behind: int = 0
) -> tuple[npt.NDArray[np.uint8], Layout]:
    """A camera's buffer with the bars, and how it is laid out; `behind`: bytes after the end."""
    each, encode = ENCODERS[name]
    stride = int(SIZE[0] * each) + padding if each else 0
    data = encode(bars(), stride, full) + bytes(behind)
    return np.frombuffer(data, np.uint8), Layout(name, SIZE, stride, full)


def expected(name: str) -> Image:
    if name != "R8":
        return bars()
    luma = np.round(ycbcr(bars(), True)[:, :, :1]).astype(np.uint8)
    return np.repeat(luma, 3, axis=2)


def furthest(image: Image, wanted: Image, edge: int = 0) -> int:
    """The largest difference, `edge` pixels around where colours meet left out."""
    off = np.abs(image.astype(int) - wanted).max(axis=2)
    if edge:
        blocks = off.reshape(2, off.shape[0] // 2, len(COLOURS), -1)
        off = blocks[:, edge:-edge, :, edge:-edge]
    return int(off.max())


def test_every_format_is_tested() -> None:
    assert set(ENCODERS) == set(FORMATS)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("padding", [0, 2, 30, 64])
def test_known_colours_come_out(name: str, padding: int) -> None:
    buffer, layout = written(name, padding)
    image = to_rgb(buffer, layout)
    assert image.dtype == np.uint8
    assert image.shape == (SIZE[1], SIZE[0], 3)
    assert image.flags.c_contiguous
    assert furthest(image, expected(name)) <= NEAR


@pytest.mark.parametrize("name", [name for name in ROWS if name not in ("YUV420", "YVU420")])
@pytest.mark.parametrize("padding", [1, 7])
def test_a_stride_may_be_odd(name: str, padding: int) -> None:
    assert furthest(to_rgb(*written(name, padding)), expected(name)) <= NEAR


@pytest.mark.parametrize("name", YUV)
@pytest.mark.parametrize("padding", [0, 30])
def test_known_colours_come_out_of_yuv_that_uses_all_levels(name: str, padding: int) -> None:
    assert furthest(to_rgb(*written(name, padding, full=True)), bars()) <= NEAR


@pytest.mark.parametrize("name", YUV)
def test_the_two_ranges_are_not_mistaken_for_each_other(name: str) -> None:
    buffer, layout = written(name, full=True)
    assert furthest(to_rgb(buffer, Layout(name, SIZE, layout.stride, False)), bars()) > 10


def test_known_colours_come_out_of_jpeg() -> None:
    # JPEG wavers where colours meet.
    assert furthest(to_rgb(*written("MJPEG")), bars(), edge=4) <= NEAR


@pytest.mark.parametrize("name", list(ENCODERS))
def test_what_stands_behind_the_picture_is_left_alone(name: str) -> None:
    whole = to_rgb(*written(name))
    assert np.array_equal(to_rgb(*written(name, behind=4096)), whole)


@pytest.mark.parametrize("name", ROWS)
def test_a_last_row_without_its_padding_is_whole(name: str) -> None:
    buffer, layout = written(name, 32)
    last = 16 if name in ("YUV420", "YVU420") else 32
    assert np.array_equal(to_rgb(buffer[:-last], layout), to_rgb(buffer, layout))


@pytest.mark.parametrize("name", list(ENCODERS))
@pytest.mark.parametrize(("left", "padding"), [(0.0, 0), (0.4, 0), (0.9, 64)])
def test_part_of_a_picture_is_a_broken_one(name: str, left: float, padding: int) -> None:
    buffer, layout = written(name, padding)
    cut = buffer[: int(buffer.size * left)]
    if name == "MJPEG" and left:
        # The decoder makes do with half of it; garbage is what a camera sends when it fails.
        cut = cut[::-1].copy()
    with pytest.raises(BrokenPicture, match="bytes"):
        to_rgb(cut, layout)


def test_libcamera_counts_bytes_from_the_other_end() -> None:
    memory = np.array([1, 2, 3, 4, 5, 6], np.uint8)
    assert to_rgb(memory, Layout("RGB888", (2, 1), 6)).tolist() == [[[3, 2, 1], [6, 5, 4]]]
    assert to_rgb(memory, Layout("BGR888", (2, 1), 6)).tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_the_cheapest_format_moves_no_byte() -> None:
    buffer, layout = written("BGR888")
    assert np.shares_memory(to_rgb(buffer, layout), buffer)


VGA, HD = (640, 480), (1280, 720)
ISP = ("YUV420", "YVU420", "NV12", "YUYV", "UYVY", "RGB888", "BGR888", "XRGB8888", "XBGR8888")


@pytest.mark.parametrize(
    ("offered", "size", "rate", "picked"),
    [
        ({name: [VGA, (3280, 2464)] for name in ISP}, VGA, 30, "BGR888"),
        ({"NV12": [(640, 360)]}, VGA, 30, "NV12"),
        ({"YUYV": [VGA, HD], "MJPEG": [VGA, HD]}, VGA, 30, "YUYV"),
        ({"YUYV": [VGA, HD], "MJPEG": [VGA, HD]}, HD, 30, "MJPEG"),
        ({"YUYV": [VGA, HD], "MJPEG": [VGA, HD]}, HD, 10, "YUYV"),
        ({"YUYV": [VGA], "MJPEG": [VGA, HD]}, HD, 5, "MJPEG"),
        ({"YUYV": [VGA]}, HD, 30, "YUYV"),
        ({"MJPEG": [VGA], "H264": [HD]}, VGA, 30, "MJPEG"),
    ],
)
def test_the_format_that_costs_least_is_asked_for(
    offered: dict[str, list[tuple[int, int]]], size: tuple[int, int], rate: float, picked: str
) -> None:
    assert pick_format(offered, size, rate) == picked


def test_a_camera_without_a_known_format_is_told_about() -> None:
    with pytest.raises(UserError, match=r"it has H264, known are BGR888, .*MJPEG"):
        pick_format({"H264": [HD]}, HD, 30)
