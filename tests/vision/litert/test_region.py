"""The squares in which people are looked for: there and back again, and who is looked for twice."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.vision.engines.litert.region import MARGIN, Numbers, Region, without_doubles

places = st.floats(-2000, 2000)
points = st.tuples(places, places)
regions = st.builds(
    Region, places, places, st.floats(1, 4000), st.floats(-math.pi, math.pi, exclude_max=True)
)


def at(*place: float) -> Numbers:
    return np.array(place)


@given(points, points)
def test_a_region_has_the_person_in_the_middle_and_the_head_above(
    centre: tuple[float, float], rim: tuple[float, float]
) -> None:
    region = Region.around(at(*centre), at(*rim))
    radius = math.dist(centre, rim)
    if radius == 0:
        assert region is None
        return
    assert region is not None
    assert region.side == pytest.approx(2 * radius * MARGIN)
    assert -math.pi <= region.angle <= math.pi
    middle, above = region.back(np.array([[0.5, 0.5], [0.5, 0.5 - 0.5 / MARGIN]]))
    assert middle == pytest.approx(centre, abs=1e-6)
    assert above == pytest.approx(rim, abs=1e-6)


@pytest.mark.parametrize(
    ("rim", "angle"),
    [((10, 0), 0), ((20, 10), math.pi / 2), ((0, 10), -math.pi / 2), ((10, 20), math.pi)],
)
def test_the_angle_is_clockwise(rim: tuple[float, float], angle: float) -> None:
    region = Region.around(at(10, 10), at(*rim))
    assert region is not None
    # Half a turn either way is the same.
    assert math.cos(region.angle - angle) == pytest.approx(1)


@pytest.mark.parametrize("nowhere", [math.nan, math.inf, -math.inf])
def test_no_place_is_no_region(nowhere: float) -> None:
    assert Region.around(at(1, 1), at(nowhere, 1)) is None
    assert Region.around(at(1, nowhere), at(1, 1)) is None
    assert Region.around(at(nowhere, 1), at(nowhere, 1)) is None


@given(st.integers(8, 4096), st.integers(8, 4096))
def test_the_whole_picture_just_fits(width: int, height: int) -> None:
    region = Region.whole(width, height)
    (left, top), (right, bottom) = region.back(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert right - left == bottom - top == max(width, height)
    assert left + right == width
    assert top + bottom == height


@given(regions, st.integers(1, 512))
def test_the_crop_s_matrix_goes_where_parts_of_the_square_go(region: Region, size: int) -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.3, 0.8]])
    matrix = region.matrix(size)
    pixels = (corners * size) @ matrix[:, :2].T + matrix[:, 2]
    assert pixels == pytest.approx(region.back(corners), abs=1e-6)


@given(regions, st.tuples(*[st.floats(-2, 2)] * 3))
def test_the_world_is_turned_as_the_picture_is(
    region: Region, metres: tuple[float, float, float]
) -> None:
    (turned,) = region.turn(np.array([metres]))
    assert turned[2] == metres[2]
    moved = region.back(np.array([[0.0, 0.0], metres[:2]]))
    assert turned[:2] * region.side == pytest.approx(moved[1] - moved[0], abs=1e-6)


@given(regions, regions)
def test_overlap_is_a_part_and_mutual(one: Region, other: Region) -> None:
    assert one.overlap(one) == pytest.approx(1)
    assert 0 <= one.overlap(other) <= 1
    assert one.overlap(other) == pytest.approx(other.overlap(one))


@given(regions, regions, st.integers(8, 4096), st.integers(8, 4096))
def test_overlap_is_the_same_in_parts_of_width_and_height(
    one: Region, other: Region, width: int, height: int
) -> None:
    """As MediaPipe takes it: by the corners, which are parts of the picture there."""

    def corners(region: Region) -> Numbers:
        half = region.side / 2
        box = (region.x - half, region.y - half, region.x + half, region.y + half)
        return np.array(box) / (width, height, width, height)

    a, b = corners(one), corners(other)
    both = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
    union = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both
    assert one.overlap(other) == pytest.approx(float(both / union), abs=1e-6)


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        (Region(50, 0, 100), 1 / 3),
        (Region(100, 0, 100), 0),
        (Region(0, -400, 100), 0),
        (Region(0, 0, 50), 1 / 4),
        (Region(0, 0, 100, 1.0), 1),
        (Region(50, 50, 100), 1 / 7),
    ],
)
def test_overlap_by_hand(other: Region, overlap: float) -> None:
    assert Region(0, 0, 100).overlap(other) == pytest.approx(overlap)


def test_who_is_found_anew_is_looked_for_there() -> None:
    tracked, elsewhere = Region(0, 0, 100), Region(500, 0, 100)
    found = Region(5, 0, 100)
    assert without_doubles([tracked, elsewhere, found], 0.5) == [elsewhere, found]
    assert without_doubles([], 0.5) == []


def test_only_more_than_the_least_overlap_counts() -> None:
    pair = [Region(0, 0, 100), Region(50, 0, 100)]
    just = pair[0].overlap(pair[1])
    assert without_doubles(pair, just) == pair
    assert without_doubles(pair, math.nextafter(just, 0)) == pair[1:]
    apart = [Region(0, 0, 100), Region(100, 0, 100)]
    assert without_doubles(apart, 0.0) == apart


@given(st.lists(regions, max_size=8, unique=True), st.floats(0, 1))
def test_nobody_is_left_out_and_nobody_is_there_twice(found: list[Region], least: float) -> None:
    kept = without_doubles(found, least)
    assert kept[-1:] == found[-1:]
    assert kept == [region for region in found if region in kept]
    for n, region in enumerate(kept):
        assert all(region.overlap(other) <= least for other in kept[n + 1 :])
    for n, region in enumerate(found):
        later = any(region.overlap(other) > least for other in found[n + 1 :])
        assert (region in kept) is not later
