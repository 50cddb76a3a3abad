"""The crop that a network looks at, pixel by pixel."""

import math

import cv2
import numpy as np
import pytest

from edgepose.vision.engines.litert.crop import Cropper
from edgepose.vision.engines.litert.region import Region
from edgepose.vision.frame import Image

SIDE = 16
MIDDLE = SIDE / 2


@pytest.fixture
def picture() -> Image:
    return np.random.default_rng(4).integers(1, 256, (SIDE, SIDE, 3), np.uint8)


def test_the_square_itself_is_cropped_as_it_is(picture: Image) -> None:
    crop = Cropper(SIDE, cv2.BORDER_CONSTANT).crop(picture, Region.whole(SIDE, SIDE))
    assert np.array_equal(crop, picture)


def test_beyond_the_picture_is_black_or_its_last_pixel(picture: Image) -> None:
    right_below = Region(MIDDLE + 5, MIDDLE + 3, SIDE)
    black = Cropper(SIDE, cv2.BORDER_CONSTANT).crop(picture, right_below)
    last = Cropper(SIDE, cv2.BORDER_REPLICATE).crop(picture, right_below)
    inside = np.s_[: SIDE - 3, : SIDE - 5]
    assert np.array_equal(black[inside], picture[3:, 5:])
    assert np.array_equal(last[inside], picture[3:, 5:])
    assert not black[:, SIDE - 5 :].any()
    assert not black[SIDE - 3 :].any()
    assert (last[: SIDE - 3, SIDE - 5 :] == picture[3:, -1:]).all()
    assert (last[SIDE - 3 :, SIDE - 5 :] == picture[-1, -1]).all()


def test_a_wide_picture_is_between_black_bars() -> None:
    white = np.full((10, 40, 3), 255, np.uint8)
    crop = Cropper(20, cv2.BORDER_CONSTANT).crop(white, Region.whole(40, 10))
    # The lines at twice the step: from 15 below the bar's top on.
    rows = crop[:, 10, 0]
    assert not rows[:7].any()
    assert (rows[8:12] == 255).all()
    assert not rows[13:].any()


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_region_shows_the_person_upright(picture: Image, quarters: int) -> None:
    region = Region(MIDDLE, MIDDLE, SIDE, quarters * math.pi / 2)
    crop = Cropper(SIDE, cv2.BORDER_CONSTANT).crop(picture, region)
    # The turn is about a pixel's middle, so that one line falls out on the sides it came from.
    upright = np.zeros((SIDE + 1, SIDE + 1, 3), np.uint8)
    upright[:SIDE, :SIDE] = picture
    assert np.array_equal(crop, np.rot90(upright, quarters)[:SIDE, :SIDE])


@pytest.mark.parametrize(
    ("offset", "step"), [(0.0, 0), (0.01, 0), (0.02, 1), (0.04, 1), (0.5, 16), (0.99, 32)]
)
def test_places_are_taken_to_32nds_of_a_pixel(offset: float, step: int) -> None:
    """As the OpenCV in MediaPipe's library does."""
    edge = np.zeros((SIDE, SIDE, 3), np.uint8)
    edge[:, 8:] = 255
    crop = Cropper(SIDE, cv2.BORDER_REPLICATE).crop(edge, Region(MIDDLE + offset, MIDDLE, SIDE))
    assert int(crop[5, 7, 0]) == pytest.approx(255 * step / 32, abs=0.51)


def test_an_enlarged_region_is_interpolated() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    picture[:, 1] = 200
    crop = Cropper(8, cv2.BORDER_REPLICATE).crop(picture, Region.whole(2, 2))
    assert crop[0, :, 0].tolist() == [0, 50, 100, 150, 200, 200, 200, 200]


def test_the_memory_of_a_crop_is_used_again(picture: Image) -> None:
    cropper = Cropper(SIDE, cv2.BORDER_CONSTANT)
    first = cropper.crop(picture, Region.whole(SIDE, SIDE))
    assert cropper.crop(255 - picture, Region.whole(SIDE, SIDE)) is first
