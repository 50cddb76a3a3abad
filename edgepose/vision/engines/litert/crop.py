"""Cuts the square that a network looks at out of a picture.

Owns the memory for it, so one object is one thread's. Raises nothing. From MediaPipe's repository:
calculators/tensor/image_to_tensor_converter_opencv.cc.
"""

import cv2
import numpy as np

from edgepose.vision.engines.litert.region import Numbers, Region
from edgepose.vision.frame import Image


class Cropper:
    """Makes crops of `size` pixels each way.

    `border` says what lies beyond the picture: `cv2.BORDER_CONSTANT`, black, or
    `cv2.BORDER_REPLICATE`, its last pixel.
    """

    def __init__(self, size: int, border: int) -> None:
        self._border = border
        self._steps = np.arange(size, dtype=np.float64)
        # New memory for each picture would cost more than the sums that go into it.
        self._columns, self._lines = np.empty((2, size, size), np.float32)
        self._crop: Image = np.empty((size, size, 3), np.uint8)

    def crop(self, image: Image, region: Region) -> Image:
        """What the region shows, upright, RGB of shape (size, size, 3); good until the next."""
        steps = self._steps
        (across, minus_down, left), (down, same, top) = region.matrix(len(steps))
        _outer(minus_down * steps + left, across * steps, self._columns)
        _outer(same * steps + top, down * steps, self._lines)
        # The OpenCV in MediaPipe's library takes places to the nearest 1/32 of a pixel, newer
        # ones take them as they are. That alone moves landmarks by up to 1.5% of a height, so
        # the rounding is asked for.
        places, parts = cv2.convertMaps(self._columns, self._lines, cv2.CV_16SC2)
        cv2.remap(image, places, parts, cv2.INTER_LINEAR, dst=self._crop, borderMode=self._border)
        return self._crop


def _outer(lines: Numbers, columns: Numbers, out: Numbers) -> None:
    np.add(lines[:, None], columns[None, :], out=out, casting="same_kind")
