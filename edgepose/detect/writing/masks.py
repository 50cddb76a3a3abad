"""Segmentation masks as PNG: grey, 16 bits, 65535 for 1.0, so that soft values stay soft.

Raises UserError.
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen
from edgepose.detect.writing.names import MaskNames
from edgepose.detect.writing.place import Place, make_folder, unwritable

FULL = 65_535
"""The value of a pixel that belongs to the person for certain."""


class Masks:
    """An Output: one file for each person of each picture, person 1 being the engine's first."""

    def __init__(self, names: MaskNames) -> None:
        self._names = names
        self._several = False

    def begin(self, begin: Begin) -> None:
        """See `Output`."""
        self._several = begin.clip is not None or (begin.frames or 0) > 1
        for path in self._names.masks_of(begin.input):
            # Of an earlier run, in which there were more people.
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise unwritable(path, error) from error
        if self._several:
            make_folder(self._names.stem(begin.input))

    def take(self, seen: Seen) -> None:
        """See `Output`."""
        masks = seen.result.segmentation_masks
        stem = self._names.stem(seen.input)
        begin = str(stem / f"{seen.shot.frame:06}") if self._several else str(stem)
        for number, mask in enumerate(() if masks is None else masks, 1):
            place = Place(Path(f"{begin}.mask{number}.png"))
            data = cv2.imencode(".png", _grey(mask))[1]
            try:
                place.until_then.write_bytes(data.data)
            except OSError as error:
                place.forget()
                raise unwritable(place.path, error) from error
            place.keep()

    def end(self, end: End) -> None:
        """See `Output`."""

    def close(self) -> None:
        """See `Output`."""


def _grey(mask: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    """Made row by row: of a large picture a second copy is large, too."""
    grey = np.empty(mask.shape, np.uint16)
    for row, values in zip(grey, mask, strict=True):
        row[:] = np.rint(values * FULL)
    return grey
