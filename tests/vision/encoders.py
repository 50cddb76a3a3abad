"""Pictures written the way cameras write them, from the formats' own definitions.

Nothing here is taken from the code that reads them: libcamera's names give the order of the bytes,
BT.601 the colours.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.frame import Image

Plane = npt.NDArray[np.uint8]
PADDING: Final = 0xA5
"""What stands between the rows: no colour of the test picture."""

COLOURS: Final = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "skin": (224, 172, 105),
    "night": (20, 30, 60),
}
BLOCK: Final = 16
SIZE: Final = (BLOCK * len(COLOURS), 2 * BLOCK)


def bars() -> Image:
    """Every colour beside the other, and below them the same the other way round."""
    row = np.repeat(np.array([*COLOURS.values()], np.uint8), BLOCK, axis=0)
    return np.concatenate([np.tile(each, (BLOCK, 1, 1)) for each in (row, row[::-1])])


def ycbcr(image: Image, full: bool) -> npt.NDArray[np.float64]:
    """Y, Cb, Cr as levels: BT.601, 2.5."""
    red, green, blue = (image[:, :, each].astype(float) for each in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    cb, cr = (blue - luma) / 1.772, (red - luma) / 1.402
    if full:
        return np.dstack((luma, cb + 128, cr + 128))
    return np.dstack((16 + luma * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255))


def levels(values: npt.NDArray[np.float64]) -> Plane:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def padded(rows: Plane, stride: int) -> bytes:
    """Rows of bytes, each filled up to `stride`."""
    flat = rows.reshape(rows.shape[0], -1)
    return np.pad(flat, ((0, 0), (0, stride - flat.shape[1])), constant_values=PADDING).tobytes()


Encoder = Callable[[Image, int, bool], bytes]
"""Of the picture, the bytes from one row to the next, and whether YUV takes all levels."""


def colours(order: str) -> Encoder:
    """`order` is what memory holds, from the first byte on."""

    def encode(image: Image, stride: int, _full: bool) -> bytes:
        channel = {"R": image[:, :, 0], "G": image[:, :, 1], "B": image[:, :, 2]}
        nothing = np.full(image.shape[:2], PADDING, np.uint8)
        return padded(np.dstack([channel.get(each, nothing) for each in order]), stride)

    return encode


def deep(order: str) -> Encoder:
    def encode(image: Image, stride: int, _full: bool) -> bytes:
        picked = np.dstack([image[:, :, "RGB".index(each)] for each in order])
        return padded((picked.astype("<u2") * 256 + PADDING).view(np.uint8), stride)

    return encode


def planes(order: str, apart: bool) -> Encoder:
    """4:2:0: luma, then the chromas in this order, each its own plane or in pairs."""

    def encode(image: Image, stride: int, full: bool) -> bytes:
        picture = ycbcr(image, full)
        height, width = image.shape[:2]
        small = picture.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
        chroma = [levels(small[:, :, " UV".index(each)]) for each in order]
        luma = padded(levels(picture[:, :, 0]), stride)
        if apart:
            return luma + b"".join(padded(each, stride // 2) for each in chroma)
        return luma + padded(np.dstack(chroma), stride)

    return encode


def pairs(order: str) -> Encoder:
    """4:2:2: four bytes for two pixels, in this order."""

    def encode(image: Image, stride: int, full: bool) -> bytes:
        picture = ycbcr(image, full)
        chroma = (picture[:, 0::2] + picture[:, 1::2]) / 2
        lumas = iter((picture[:, 0::2, 0], picture[:, 1::2, 0]))
        four = [next(lumas) if each == "Y" else chroma[:, :, " UV".index(each)] for each in order]
        return padded(levels(np.dstack(four)), stride)

    return encode


def jpeg(image: Image, _stride: int, _full: bool) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 98])
    assert done
    return data.tobytes()


def grey(image: Image, stride: int, _full: bool) -> bytes:
    return padded(levels(ycbcr(image, True)[:, :, 0]), stride)


ENCODERS: Final[dict[str, tuple[float, Encoder]]] = {
    "RGB888": (3, colours("BGR")),
    "BGR888": (3, colours("RGB")),
    "XRGB8888": (4, colours("BGRX")),
    "XBGR8888": (4, colours("RGBX")),
    "RGB161616": (6, deep("BGR")),
    "BGR161616": (6, deep("RGB")),
    "YUV420": (1, planes("UV", True)),
    "YVU420": (1, planes("VU", True)),
    "NV12": (1, planes("UV", False)),
    "NV21": (1, planes("VU", False)),
    "YUYV": (2, pairs("YUYV")),
    "YVYU": (2, pairs("YVYU")),
    "UYVY": (2, pairs("UYVY")),
    "VYUY": (2, pairs("VYUY")),
    "MJPEG": (0, jpeg),
    "R8": (1, grey),
}
"""Each format's bytes for a pixel in its first plane, and its encoder."""
