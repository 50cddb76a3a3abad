"""Pictures in a .npy file: one, or several of one size. Any thread. Raises UserError."""

from collections.abc import Iterator
from functools import partial
from tokenize import TokenError
from typing import BinaryIO, Final

import numpy as np
from numpy.lib import format as npy

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.shot import MOST_PIXELS, Shot
from edgepose.errors import UserError

MAGIC: Final = b"\x93NUMPY"
ALLOWED: Final = "uint8 of (height, width, 3), RGB, or (pictures, height, width, 3)"


def read_array(file: BinaryIO, name: str, allowance: Allowance) -> tuple[int, Iterator[Shot]]:
    """How many pictures there are, and they, each in memory when its turn comes."""
    try:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_columns, kind = read_header(file)
    # numpy reads the head as Python.
    except (ValueError, EOFError, OSError, TokenError) as error:
        raise UserError(f"{name}: no whole array; allowed is {ALLOWED}") from error
    if kind != np.uint8 or len(shape) not in (3, 4) or shape[-1] != 3 or 0 in shape:
        raise UserError(f"{name}: {kind} of shape {shape}; allowed is {ALLOWED}")
    pixels = shape[-3] * shape[-2]
    if pixels > MOST_PIXELS:
        raise UserError(f"{name}: {shape[-2]}x{shape[-3]} are too many pixels for one picture")
    try:
        array = np.memmap(file, np.uint8, "r", file.tell(), shape, "F" if by_columns else "C")
    except (ValueError, OSError) as error:
        raise UserError(f"{name}: damaged: it ends too early") from error
    stack = array if len(shape) == 4 else array[np.newaxis]
    return len(stack), (
        Shot(allowance.make(pixels, partial(np.array, picture, order="C")), number)
        for number, picture in enumerate(stack)
    )
