"""A camera picture on its way from the vision process to the daemon, and the packet that brings it.

One SOCK_SEQPACKET packet of `HEADER_SIZE` bytes, native byte order, with one descriptor beside it
(SCM_RIGHTS): a memfd that holds the JPEG. So the picture takes no room among the observations on
the link. Pure; what cannot be read raises ValueError.
"""

import os
import struct
from dataclasses import dataclass
from typing import Final

KIND: Final = 3
"""The first byte of the packet; those of observations and events are other ones."""
_HEADER: Final = struct.Struct("=BBxxIQHHI")
HEADER_SIZE: Final = _HEADER.size
MOST: Final = 32 * 1024 * 1024
"""Bytes of a JPEG; those of the largest sensors at full size stay below it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What the engine saw in a frame: after rotation and mask, unmirrored.

    `frame` is the number that the observation of the same frame has, `captured_ns` CLOCK_BOOTTIME
    of its capture, `size` width and height of the JPEG in pixels, which may be smaller than the
    frame. `still`: it was asked for by itself, and has the frame's full size.
    """

    frame: int
    captured_ns: int
    size: tuple[int, int]
    jpeg: bytes
    still: bool = False


def encode_header(picture: Picture) -> bytes:
    """The packet that goes with the picture's descriptor."""
    width, height = picture.size
    return _HEADER.pack(
        KIND,
        picture.still,
        picture.frame & 0xFFFFFFFF,
        picture.captured_ns,
        width,
        height,
        len(picture.jpeg),
    )


def is_header(packet: bytes) -> bool:
    """Whether a packet of the link brings a picture."""
    return packet[:1] == bytes([KIND])


def read(packet: bytes, fd: int) -> Picture:
    """The picture of such a packet, copied out of its memfd. Raises ValueError where they do not
    fit together."""
    if len(packet) != HEADER_SIZE:
        raise ValueError(f"a picture's packet of {len(packet)} bytes on the link")
    _kind, still, frame, captured_ns, width, height, length = _HEADER.unpack(packet)
    if length > MOST:
        raise ValueError(f"a picture of {length} bytes on the link, at most {MOST} are taken")
    # Read, not mapped: a map of what its maker shortens meanwhile would end the daemon.
    jpeg = os.pread(fd, length, 0)
    if len(jpeg) != length:
        raise ValueError(f"a picture of {len(jpeg)} bytes on the link, not the {length} it tells")
    return Picture(frame, captured_ns, (width, height), jpeg, bool(still))
