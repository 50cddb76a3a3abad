"""Which pixel format to ask a camera for.

Pure. Raises `UserError` where no format is known.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from edgepose.errors import UserError
from edgepose.vision.sources.pi.formats import FORMATS

Size = tuple[int, int]

USB_BYTES: Final = 20_000_000
"""Bytes a second that a USB 2 port surely carries: 3,072 in each of 8,000 microframes a second are
its limit (USB 2.0, 5.6.3), and cameras reach less."""


def pick_format(offered: Mapping[str, Sequence[Size]], size: Size, rate: float) -> str:
    """Choose the format to ask for, of those that a camera offers, each with its sizes.

    The one that costs least to turn into RGB; but a camera that can compress is asked to where
    the plain picture would not fit through a USB port at `rate` frames a second, or is not
    offered that large.
    """
    known = [name for name in FORMATS if name in offered]
    if not known:
        raise UserError(
            "the camera gives no pixel format that edgepose knows: it has "
            f"{', '.join(offered) or 'none'}, known are {', '.join(FORMATS)}"
        )
    plain = known[0]
    if "MJPEG" not in known:
        return plain
    covers = any(width >= size[0] and height >= size[1] for width, height in offered[plain])
    fits = size[0] * size[1] * 2 * rate <= USB_BYTES
    return plain if covers and fits else "MJPEG"
