"""Pictures in a .npy file: one, or several of one size. Any thread. Raises UserError."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import numpy as np

from edgepose.detect.reading.shot import MOST_PIXELS, Shot
from edgepose.errors import UserError

MAGIC: Final = b"\x93NUMPY"
ALLOWED: Final = "uint8 of (height, width, 3), RGB, or (pictures, height, width, 3)"


def read_array(file: BinaryIO, name: str) -> tuple[int, Iterator[Shot]]:
    """How many pictures there are, and they."""
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        # numpy's advice to allow pickles is none for a file from anywhere.
        raise UserError(f"{name}: no whole array of numbers; allowed is {ALLOWED}") from error
    if not isinstance(array, np.ndarray) or array.dtype != np.uint8 or array.shape[-1:] != (3,):
        raise UserError(f"{name}: {_words(array)}; allowed is {ALLOWED}")
    if array.ndim not in (3, 4) or not array.size:
        raise UserError(f"{name}: {_words(array)}; allowed is {ALLOWED}")
    stack = array if array.ndim == 4 else array[np.newaxis]
    if stack.shape[1] * stack.shape[2] > MOST_PIXELS:
        raise UserError(f"{name}: {_words(array)} are too many pixels for one picture")
    return len(stack), (
        Shot(np.ascontiguousarray(picture), number) for number, picture in enumerate(stack)
    )


def _words(array: object) -> str:
    if isinstance(array, np.ndarray):
        return f"{array.dtype} of shape {array.shape}"
    return "several arrays"
