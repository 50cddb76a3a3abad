"""From every pixel format that a Pi's or a USB camera gives to RGB: one table.

Owns the table; which format to ask for is chosen by `pick`. Pure, and safe on any thread. Raises
`BrokenPicture` for a buffer that holds no whole picture.

The names are libcamera's, which count from the highest byte down, so that memory holds the
opposite order: RGB888 is B, G, R in memory, and BGR888 is R, G, B.

Colours: YUV is taken for BT.601, which is what we ask for (sYCC) and what USB cameras give unless
they say otherwise. Whether 16..235 or 0..255 is black to white is the camera's to say
(`Layout.full_range`); JPEG is always the latter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt
from cv2.typing import MatLike

from edgepose.vision.frame import Image

Buffer = npt.NDArray[np.uint8]
"""Shape (n,): what the camera wrote, padding included. It may be longer than the picture."""
Size = tuple[int, int]

_LEVELS: Final = np.arange(256)
_LUMA: Final = np.round(16 + _LEVELS * (219 / 255)).astype(np.uint8)
_CHROMA: Final = np.round(128 + (_LEVELS - 128) * (224 / 255)).astype(np.uint8)
"""From 0..255 to the 16..235 (16..240) that OpenCV's conversions expect, by BT.601, 2.5.3."""


class BrokenPicture(Exception):
    """A buffer holds no whole picture; the next one may."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a buffer is to be read.

    `size` is width and height; `stride` the bytes from one row to the next, of the first plane
    where there are several (0 for MJPEG, which has no rows). `full_range`: YUV levels are 0..255.
    """

    format: str
    size: Size
    stride: int
    full_range: bool = False


def to_rgb(buffer: Buffer, layout: Layout) -> Image:
    """Give the picture as RGB `uint8` of shape (height, width, 3), without gaps between rows.

    It may be a view of `buffer`, which is then the picture's for good.
    """
    return FORMATS[layout.format](buffer, layout)


def _rows(buffer: Buffer, layout: Layout, count: int, used: int) -> Buffer:
    """The first `count` rows without their padding: shape (count, `used`)."""
    stride = max(layout.stride, used)
    if buffer.size < count * stride:
        # The last row may end where its pixels end.
        if buffer.size < (count - 1) * stride + used:
            raise BrokenPicture(f"{buffer.size} bytes, {count} rows of {stride} are expected")
        buffer = np.pad(buffer, (0, count * stride - buffer.size))
    return np.ascontiguousarray(buffer[: count * stride].reshape(count, stride)[:, :used])


def _colours(code: int | None, channels: int) -> Callable[[Buffer, Layout], Image]:
    """Bytes for each pixel; `code` None: they are R, G, B already."""

    def convert(buffer: Buffer, layout: Layout) -> Image:
        width, height = layout.size
        pixels = _rows(buffer, layout, height, width * channels).reshape(height, width, channels)
        return pixels if code is None else _converted(pixels, code)

    return convert


def _deep_colours(code: int | None) -> Callable[[Buffer, Layout], Image]:
    """Three numbers of 16 bits for each pixel, the low byte first."""

    def convert(buffer: Buffer, layout: Layout) -> Image:
        width, height = layout.size
        # The high bytes are the picture in 8 bits.
        rows = _rows(buffer, layout, height, width * 6)[:, 1::2]
        pixels = np.ascontiguousarray(rows).reshape(height, width, 3)
        return pixels if code is None else _converted(pixels, code)

    return convert


def _two_planes(code: int) -> Callable[[Buffer, Layout], Image]:
    """Luma, then both chromas of each 2x2 pixels beside each other, with the same stride."""

    def convert(buffer: Buffer, layout: Layout) -> Image:
        width, height = layout.size
        return _from_planes(_rows(buffer, layout, height * 3 // 2, width), layout, code)

    return convert


def _three_planes(code: int) -> Callable[[Buffer, Layout], Image]:
    """Luma, then one chroma, then the other, both with half the stride."""

    def convert(buffer: Buffer, layout: Layout) -> Image:
        width, height = layout.size
        luma = _rows(buffer, layout, height, width)
        half = Layout(layout.format, (width // 2, height), max(layout.stride, width) // 2)
        chroma = _rows(buffer[height * max(layout.stride, width) :], half, height, width // 2)
        planes = np.concatenate((luma, chroma.reshape(height // 2, width)))
        return _from_planes(planes, layout, code)

    return convert


def _from_planes(planes: Buffer, layout: Layout, code: int) -> Image:
    if layout.full_range:
        height = layout.size[1]
        planes = np.concatenate(
            (cv2.LUT(planes[:height], _LUMA), cv2.LUT(planes[height:], _CHROMA)), dtype=np.uint8
        )
    return _converted(planes, code)


def _pairs(code: int, order: slice, luma: int) -> Callable[[Buffer, Layout], Image]:
    """Two bytes for each pixel, chroma shared by two; `luma` is where its byte is of the two.

    `order` puts the two bytes into the order of `code`.
    """

    def convert(buffer: Buffer, layout: Layout) -> Image:
        width, height = layout.size
        pairs = _rows(buffer, layout, height, width * 2).reshape(height, width, 2)
        if layout.full_range:
            tables = (_LUMA, _CHROMA) if luma == 0 else (_CHROMA, _LUMA)
            pairs = cast(Buffer, cv2.LUT(pairs, np.dstack(tables).reshape(256, 1, 2)))
        return _converted(np.ascontiguousarray(pairs[:, :, order]), code)

    return convert


def _grey(buffer: Buffer, layout: Layout) -> Image:
    width, height = layout.size
    return _converted(_rows(buffer, layout, height, width), cv2.COLOR_GRAY2RGB)


def _jpeg(buffer: Buffer, layout: Layout) -> Image:
    try:
        image = cv2.imdecode(buffer, cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        # No bytes at all.
        image = None
    if image is None:
        raise BrokenPicture(f"{buffer.size} bytes that are no whole JPEG of {layout.size}")
    return cast(Image, image)


def _converted(picture: MatLike, code: int) -> Image:
    return cast(Image, cv2.cvtColor(picture, code))


_SAME, _SWAPPED = slice(None), slice(None, None, -1)

FORMATS: Final[Mapping[str, Callable[[Buffer, Layout], Image]]] = {
    "BGR888": _colours(None, 3),
    "RGB888": _colours(cv2.COLOR_BGR2RGB, 3),
    "XBGR8888": _colours(cv2.COLOR_RGBA2RGB, 4),
    "XRGB8888": _colours(cv2.COLOR_BGRA2RGB, 4),
    "NV12": _two_planes(cv2.COLOR_YUV2RGB_NV12),
    "NV21": _two_planes(cv2.COLOR_YUV2RGB_NV21),
    "YUV420": _three_planes(cv2.COLOR_YUV2RGB_I420),
    "YVU420": _three_planes(cv2.COLOR_YUV2RGB_YV12),
    "YUYV": _pairs(cv2.COLOR_YUV2RGB_YUYV, _SAME, 0),
    "YVYU": _pairs(cv2.COLOR_YUV2RGB_YVYU, _SAME, 0),
    "UYVY": _pairs(cv2.COLOR_YUV2RGB_UYVY, _SAME, 1),
    # OpenCV has no code for it; its bytes swapped in pairs are YVYU.
    "VYUY": _pairs(cv2.COLOR_YUV2RGB_YVYU, _SWAPPED, 1),
    "BGR161616": _deep_colours(None),
    "RGB161616": _deep_colours(cv2.COLOR_BGR2RGB),
    "MJPEG": _jpeg,
    "R8": _grey,
}
"""Every format, the one that costs least first: of BGR888 not a byte is moved."""
