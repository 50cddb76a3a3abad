"""How many pixels may be in work at once, from the reading of a picture to its writing.

So memory is bounded, however large the pictures are: a large one is worked on alone. Any thread.
"""

import threading
from collections.abc import Callable
from typing import Final

from edgepose.drawing import Picture

MOST_BYTES: Final = 192_000_000
"""Of pictures and masks in work, copies for the engine and the encoder aside: 64 million pixels
without masks, which are five pictures of a usual phone, or thirty of Full HD; with masks two, or
thirteen."""


class Allowance:
    """`most`: pixels. One picture may be in work whatever its size."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pixels = 0
        self._changed = threading.Condition()
        self._closed = False

    def make(self, pixels: int, make: Callable[[], Picture]) -> Picture:
        """Wait for room, and make a picture of so many pixels; `give` them back when it is done
        with. Raises what `make` raises, and RuntimeError where it is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._pixels or self._pixels + pixels <= self._most
            )
            if self._closed:
                raise RuntimeError("nobody wants any more pictures")
            self._pixels += pixels
        try:
            made = make()
        except BaseException:
            # Whatever it was, Ctrl-C too: the next one would wait for room for ever.
            self.give(pixels)
            raise
        # What is given back is what the picture has, whatever was thought of it.
        self.give(pixels - made.size // 3)
        return made

    def give(self, pixels: int) -> None:
        """So many are in work no more."""
        with self._changed:
            self._pixels -= pixels
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody wants any more, nor does anybody wait."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
