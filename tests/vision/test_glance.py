"""A glance shows what the picture shows, whatever its size is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.vision.frame import Image
from edgepose.vision.glance import HEIGHT, WIDTH, grey

SIZES = [(8, 8), (80, 60), (333, 251), (480, 640), (640, 360), (640, 480), (1920, 1080), (8, 2000)]


def plain(size: tuple[int, int], level: int) -> Image:
    """`size` is width and height."""
    return np.full((size[1], size[0], 3), level, np.uint8)


@settings(deadline=None)
@given(st.integers(8, 700), st.integers(8, 700), st.integers(0, 255))
def test_every_size_gives_the_same_shape_and_the_same_level(
    width: int, height: int, level: int
) -> None:
    glance = grey(plain((width, height), level))
    assert glance.shape == (60, 80)
    assert glance.dtype == np.uint8
    assert np.all(glance == level)


@pytest.mark.parametrize("size", [size for size in SIZES if size[0] >= WIDTH <= size[1]])
@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.4, 0.6), (0.875, 0.875)])
def test_what_is_in_the_picture_is_in_the_glance_at_its_place(
    size: tuple[int, int], x: float, y: float
) -> None:
    width, height = size
    image = plain(size, 40)
    # An eighth of the width and of the height.
    left, top = round(x * width), round(y * height)
    image[top : top + height // 8, left : left + width // 8] = 200
    bright = np.argwhere(grey(image) > 120)
    middle_y, middle_x = bright.mean(axis=0) + 0.5
    assert abs(middle_x / WIDTH - x - 1 / 16) < 1 / WIDTH
    assert abs(middle_y / HEIGHT - y - 1 / 16) < 1 / HEIGHT
    assert 60 < len(bright) < 95


def test_noise_is_halved() -> None:
    random = np.random.default_rng(7)
    image = np.clip(random.normal(120, 12, (480, 640, 3)), 0, 255).astype(np.uint8)
    assert 5 < grey(image).std() < 7


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_stays_as_it_is_and_the_glance_is_its_own(size: tuple[int, int]) -> None:
    image = plain(size, 90)
    glance = grey(image)
    glance[:] = 0
    assert np.all(image == 90)
