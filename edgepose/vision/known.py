"""Which parts of a glance show anything: not those that a mask hides.

What is hidden is black and says nothing of the room, so motion and view leave it out. Pure.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.glance import HEIGHT, WIDTH

Cells = npt.NDArray[np.bool_]
"""Shape (60, 80): one for each cell of a glance."""


class Known:
    """`cells` are those that show something, `count` how many these are."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.count = int(np.count_nonzero(cells))
        in_row = np.maximum(1, np.count_nonzero(cells, axis=1, keepdims=True))
        self.of_row = (cells / in_row).astype(np.float32)
        """What each cell weighs in the mean of its row; a row of which nothing is known has 0."""

    def within(self, *reaches: tuple[int, int]) -> Cells:
        """The cells around which all is known within windows of such sizes, (across, down), one
        laid upon the other."""
        cells = self.cells.astype(np.uint8)
        for reach in reaches:
            # What lies beyond the picture is no mask.
            cells = cv2.erode(cells, np.ones(reach[::-1], np.uint8))  # type: ignore[assignment]
        return cells.astype(np.bool_)


ALL: Final = Known(np.ones((HEIGHT, WIDTH), np.bool_))
"""Without a mask."""
