"""The smoothing, against the filter's formula written out for one value at a time."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.vision.engines import Result
from edgepose.vision.smoothing import OneEuroFilter, Smoothing

Rows = npt.NDArray[np.float64]

SIZE = (640, 480)
POINTS = 33


class Slow:
    """Casiez et al., CHI 2012, Algorithm 1 and the formula of its cutoff, for one value; the speed
    is of the raw values."""

    def __init__(self, min_cutoff: float, beta: float, derivate_cutoff: float) -> None:
        self.min_cutoff, self.beta, self.derivate_cutoff = min_cutoff, beta, derivate_cutoff
        self.before: tuple[float, float, float, float] | None = None

    @staticmethod
    def alpha(cutoff: float, te: float) -> float:
        tau = 1 / (2 * math.pi * cutoff)
        return 1 / (1 + tau / te)

    def apply(self, x: float, t: float, scale: float) -> float:
        if self.before is None:
            self.before = t, x, x, 0.0
            return x
        last_t, raw, smooth, speed = self.before
        te = t - last_t
        a = self.alpha(self.derivate_cutoff, te)
        speed = a * (x - raw) / te / scale + (1 - a) * speed
        a = self.alpha(self.min_cutoff + self.beta * abs(speed), te)
        smooth = a * x + (1 - a) * smooth
        self.before = t, x, smooth, speed
        return smooth


values = st.floats(-1000, 1000)
steps = st.lists(
    st.tuples(st.integers(1, 2000), st.floats(1, 1000), st.lists(values, min_size=3, max_size=3)),
    min_size=1,
    max_size=12,
)


@given(steps, st.floats(0.01, 2), st.floats(0, 100), st.floats(0.1, 5))
def test_the_filter_is_the_paper_s(
    steps: list[tuple[int, float, list[float]]],
    min_cutoff: float,
    beta: float,
    derivate_cutoff: float,
) -> None:
    fast = OneEuroFilter(min_cutoff, beta, derivate_cutoff)
    slow = [Slow(min_cutoff, beta, derivate_cutoff) for _ in range(3)]
    ms = 0
    for step, scale, row in steps:
        ms += step
        expected = [each.apply(x, ms / 1000, scale) for each, x in zip(slow, row, strict=True)]
        assert fast.apply(np.array(row), ms, scale) == pytest.approx(np.array(expected), abs=1e-6)


def test_a_stamp_that_is_not_newer_leaves_the_values_and_the_filter_alone() -> None:
    one, other = OneEuroFilter(0.05, 80.0, 1.0), OneEuroFilter(0.05, 80.0, 1.0)
    for each in (one, other):
        each.apply(np.array([10.0]), 100, 50.0)
        each.apply(np.array([11.0]), 133, 50.0)
    assert one.apply(np.array([99.0]), 133, 50.0) == [99.0]
    assert one.apply(np.array([98.0]), 5, 50.0) == [98.0]
    assert one.apply(np.array([12.0]), 166, 50.0) == other.apply(np.array([12.0]), 166, 50.0)


def person(seed: int, *, world: bool = True) -> Person:
    random = np.random.default_rng(seed)
    rows = np.hstack([random.uniform(0.3, 0.6, (POINTS, 3)), random.uniform(0, 1, (POINTS, 2))])
    metres = random.normal(0, 0.5, (POINTS, 3)) if world else np.empty((0, 3))
    return Person(
        tuple(map(Landmark._make, rows.tolist())),
        tuple(map(WorldLandmark._make, metres.tolist())),
    )


def result(*people: Person, scale: float | None = 300.0) -> Result:
    return Result(people, 7, scales=() if scale is None else (scale,) * len(people))


def rows(seen: Result) -> Rows:
    return np.array(seen.people[0].landmarks)


def metres(seen: Result) -> Rows:
    return np.array(seen.people[0].world)


def test_the_first_of_a_person_is_left_as_it_is() -> None:
    seen = Smoothing().apply(result(person(1)), SIZE, 40)
    assert rows(seen) == pytest.approx(np.array(person(1).landmarks))
    assert metres(seen) == pytest.approx(np.array(person(1).world))


def test_pixels_metres_and_visibility_have_filters_of_their_own() -> None:
    smoothing = Smoothing()
    first, second = result(person(1)), result(person(2), scale=250.0)
    smoothing.apply(first, SIZE, 40)
    seen = smoothing.apply(second, SIZE, 73)
    pixels = (SIZE[0], SIZE[1], SIZE[0])
    for n, column in np.ndindex(POINTS, 3):
        size = pixels[column]
        before, after, smooth = (float(rows(each)[n, column]) for each in (first, second, seen))
        slow = Slow(0.05, 80.0, 1.0)
        slow.apply(before * size, 0.040, 300.0)
        assert smooth * size == pytest.approx(slow.apply(after * size, 0.073, 250.0))
        before, after, smooth = (float(metres(each)[n, column]) for each in (first, second, seen))
        slow = Slow(0.1, 40.0, 1.0)
        slow.apply(before, 0.040, 1.0)
        assert smooth == pytest.approx(slow.apply(after, 0.073, 1.0))
    assert rows(seen)[:, 3] == pytest.approx(0.9 * rows(first)[:, 3] + 0.1 * rows(second)[:, 3])
    # Presence is as it comes.
    assert rows(seen)[:, 4] == pytest.approx(rows(second)[:, 4])


def test_nothing_else_of_the_result_is_touched() -> None:
    mask = np.zeros((4, 4), np.float32)
    given = replace(result(person(1)), masks=(mask,))
    seen = Smoothing().apply(given, SIZE, 40)
    assert replace(seen, people=()) == replace(given, people=())


def test_after_nobody_it_starts_anew() -> None:
    smoothing = Smoothing()
    for number in range(5):
        smoothing.apply(result(person(number)), SIZE, 40 * (number + 1))
    nobody = result()
    assert smoothing.apply(nobody, SIZE, 240) is nobody
    seen = smoothing.apply(result(person(9)), SIZE, 280)
    assert rows(seen) == pytest.approx(np.array(person(9).landmarks))
    assert metres(seen) == pytest.approx(np.array(person(9).world))


def test_without_the_world_it_smooths_the_picture() -> None:
    smoothing, other = Smoothing(), Smoothing()
    for each, world in ((smoothing, False), (other, True)):
        each.apply(result(person(1, world=world)), SIZE, 40)
    seen = smoothing.apply(result(person(2, world=False)), SIZE, 80)
    assert seen.people[0].world == ()
    assert np.array_equal(rows(seen), rows(other.apply(result(person(2)), SIZE, 80)))


def test_where_no_region_is_told_speed_is_by_the_box_around_the_landmarks() -> None:
    smoothing, told = Smoothing(), Smoothing()
    for each in (smoothing, told):
        each.apply(result(person(1)), SIZE, 40)
    box = np.ptp(np.array(person(2).landmarks)[:, :2] * SIZE, axis=0).mean()
    seen = smoothing.apply(result(person(2), scale=None), SIZE, 80)
    assert rows(seen) == pytest.approx(
        rows(told.apply(result(person(2), scale=float(box)), SIZE, 80))
    )


def test_somebody_without_a_region_is_not_smoothed_but_visibility_is() -> None:
    smoothing = Smoothing()
    smoothing.apply(result(person(1)), SIZE, 40)
    seen = rows(smoothing.apply(result(person(2), scale=0.0), SIZE, 80))
    raw = np.array(person(2).landmarks)
    assert np.array_equal(seen[:, :3], raw[:, :3])
    assert seen[:, 3] == pytest.approx(0.9 * np.array(person(1).landmarks)[:, 3] + 0.1 * raw[:, 3])


def test_it_takes_jitter_out_and_leaves_motion_in() -> None:
    random = np.random.default_rng(3)
    still, smoothing = np.array(person(1).landmarks), Smoothing()
    raw, smooth = [], []
    for frame in range(100):
        shown = still.copy()
        shown[:, :2] += random.normal(0, 0.002, (POINTS, 2))
        # From the second half on it walks, by some 100 pixels a second.
        shown[:, 0] += max(0, frame - 50) * 0.005
        trembling = Person(tuple(map(Landmark._make, shown.tolist())))
        raw.append(shown[:, 0])
        smooth.append(rows(smoothing.apply(result(trembling), SIZE, 33 * (frame + 1)))[:, 0])
    jitter = [np.abs(np.diff(seen[10:50], 2, axis=0)).mean() for seen in (raw, smooth)]
    assert jitter[1] < 0.6 * jitter[0]
    assert np.abs(np.array(smooth)[-10:] - np.array(raw)[-10:]).max() < 0.02
