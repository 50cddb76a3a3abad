"""What is made of the landmark network's answer."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.vision.engines.litert.landmarks import refine, whole_mask
from edgepose.vision.engines.litert.network import sigmoid
from edgepose.vision.engines.litert.region import Region

Array = npt.NDArray[np.float64]

COLD = -20.0
SIZE = 16


def heat_map(*hot: tuple[int, int], value: float = 20.0) -> Array:
    """Of one landmark, hot at these columns and lines."""
    heat = np.full((SIZE, SIZE, 1), COLD)
    for column, line in hot:
        heat[line, column] = value
    return heat


def refined(x: float, y: float, heat: Array) -> tuple[float, float]:
    """Where a landmark at this pixel of the map moves to, in pixels."""
    rows = np.array([[x / SIZE, y / SIZE, 0.25, 3.0, 4.0]])
    refine(rows, heat)
    assert rows[0, 2:].tolist() == [0.25, 3.0, 4.0]
    return float(rows[0, 0] * SIZE), float(rows[0, 1] * SIZE)


def test_a_landmark_moves_to_the_middle_of_the_heat() -> None:
    assert refined(8.4, 8.4, heat_map((8, 9))) == pytest.approx((8, 9), abs=1e-3)
    assert refined(8.4, 8.4, heat_map((8, 9), (10, 9))) == pytest.approx((9, 9), abs=1e-3)
    # Three pixels away it counts, four away it does not.
    assert refined(8, 8, heat_map((5, 11))) == pytest.approx((5, 11), abs=1e-3)
    assert refined(8, 8, heat_map((4, 8))) == (8, 8)


def test_below_the_threshold_nothing_moves() -> None:
    assert refined(8, 8, heat_map((9, 9), value=-0.001)) == (8, 8)
    assert refined(8, 8, heat_map((9, 9), value=0.0)) == pytest.approx((9, 9), abs=1e-3)


@pytest.mark.parametrize(
    ("place", "hot"),
    [((0, 0), (0, 0)), ((0.2, 15.9), (2, 15)), ((15.9, 0), (15, 3)), ((15, 15), (13, 13))],
)
def test_at_the_edge_only_what_is_in_the_map_counts(
    place: tuple[float, float], hot: tuple[int, int]
) -> None:
    assert refined(*place, heat_map(hot)) == pytest.approx(hot, abs=1e-3)


@pytest.mark.parametrize("place", [(-1, 5), (5, -1.5), (16, 5), (5, 16), (1e9, 5), (5, -1e9)])
def test_outside_the_map_nothing_moves(place: tuple[float, float]) -> None:
    everywhere = np.full((SIZE, SIZE, 1), 20.0)
    assert refined(*place, everywhere) == place


def test_just_outside_counts_as_the_first_pixel() -> None:
    """As in MediaPipe, which takes places to whole pixels towards zero."""
    assert refined(-0.9, -0.5, heat_map((2, 1))) == pytest.approx((2, 1), abs=1e-3)


def slowly(row: Array, heat: Array) -> tuple[float, float]:
    """What `refine` should do to one landmark, pixel by pixel."""
    high, wide = heat.shape
    column, line = int(row[0] * wide), int(row[1] * high)
    if not (0 <= column < wide and 0 <= line < high):
        return float(row[0]), float(row[1])
    total = across = down = hottest = 0.0
    for y in range(max(0, line - 3), min(high, line + 4)):
        for x in range(max(0, column - 3), min(wide, column + 4)):
            warmth = 1 / (1 + math.exp(-heat[y, x]))
            hottest = max(hottest, warmth)
            total, across, down = total + warmth, across + x * warmth, down + y * warmth
    if hottest < 0.5:
        return float(row[0]), float(row[1])
    return across / total / wide, down / total / high


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 20))
def test_refining_is_as_it_is_pixel_by_pixel(seed: int, high: int, wide: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.uniform(-0.2, 1.2, (39, 5))
    heat = random.normal(-2.0, 2.0, (high, wide, 39))
    expected = [slowly(row, heat[:, :, n]) for n, row in enumerate(rows)]
    refine(rows, heat)
    assert rows[:, :2] == pytest.approx(np.array(expected))


def test_the_sigmoid_at_extremes() -> None:
    values = np.array([-math.inf, -1e300, -1000.0, -100.0, 0.0, 100.0, 1e300, math.inf])
    assert sigmoid(values).tolist() == [0, 0, 0, 0, 0.5, 1, 1, 1]
    single = sigmoid(values[2:6].astype(np.float32))
    assert single.dtype == np.float32
    assert single.tolist() == [0, 0, 0.5, 1]
    assert np.isnan(sigmoid(np.array([math.nan]))).all()


@given(st.floats(-30, 30))
def test_the_sigmoid(value: float) -> None:
    assert float(sigmoid(np.array(value))) == pytest.approx(1 / (1 + math.exp(-value)), abs=1e-12)


def test_the_mask_lies_where_the_crop_is() -> None:
    sure = np.full((8, 8), 50.0, np.float32)
    mask = whole_mask(sure, Region(20, 10, 8), (40, 30))
    assert mask.shape == (30, 40)
    assert mask.dtype == np.float32
    assert (mask[6:14, 16:24] == 1).all()
    mask[6:14, 16:24] = 0
    assert not mask.any()


def test_the_mask_is_turned_with_the_crop() -> None:
    segmentation = np.full((8, 8), -50.0, np.float32)
    # The person's head, at the top of the crop.
    segmentation[:3] = 50.0
    mask = whole_mask(segmentation, Region(20, 15, 16, math.pi / 2), (40, 30))
    lines, columns = np.nonzero(mask > 0.5)
    # A quarter of a turn clockwise: the head is at the right.
    assert columns.min() > 20
    assert columns.max() <= 28
    assert (lines.min() + lines.max()) / 2 == pytest.approx(15, abs=1)


def test_a_mask_beside_the_picture_is_empty() -> None:
    sure = np.full((8, 8), 50.0, np.float32)
    assert not whole_mask(sure, Region(200, 10, 8), (40, 30)).any()
