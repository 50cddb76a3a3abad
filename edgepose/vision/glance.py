"""A glance at a picture: small and grey, enough to see whether anything moves or nothing is shown.

Owns how a glance is made; what it tells is for others to say. Pure, any thread, raises nothing.
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.frame import Image

WIDTH: Final = 80
HEIGHT: Final = 60
_SAMPLES: Final = 2
"""Pixels across and down from which each of the glance's is made, where the picture has them."""
_GREEN: Final = 1

Glance = npt.NDArray[np.uint8]
"""Grey levels, shape (60, 80), whatever the picture's shape is: its whole width and height."""


def grey(image: Image) -> Glance:
    """Give the glance at a picture of 8x8 pixels or more, as it was taken, before any rotation.

    Grey is the green channel, which makes most of what the eye calls brightness (0.587 by BT.601)
    and has most of a sensor's pixels. Each level is the mean of about four pixels out of its part
    of the picture, so noise is halved. A picture of 640x480 takes some 10 us, one of any other
    size up to 100 us, on an x86-64 core; all of its pixels would take 230 us.
    """
    height, width = image.shape[:2]
    down = max(1, height // (HEIGHT * _SAMPLES))
    across = max(1, width // (WIDTH * _SAMPLES))
    # From the middle of each step, so that nothing is shifted toward a corner.
    samples = np.ascontiguousarray(image[down // 2 :: down, across // 2 :: across, _GREEN])
    glance = cv2.resize(samples, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return cast(Glance, glance)
