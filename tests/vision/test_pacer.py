"""The pacer keeps the bounds that it promises, whatever the camera does."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.vision.pacer import Pacer

BOOT_NS = 5_000_000_000_000
"""The machine has been up for a while."""
ROUNDING = 1e-6

rates = st.floats(0.5, 240)
cameras = st.floats(1, 200)


def row(camera: float, jitter: list[float]) -> list[int]:
    """When frames are captured, each so many intervals off its place in an even row."""
    return [BOOT_NS + round((at + off) * 1e9 / camera) for at, off in enumerate(jitter)]


def jitters(most: float, count: int = 200) -> st.SearchStrategy[list[float]]:
    # The extremes are the worst; most draws should hold them.
    off = st.sampled_from([-most, most]) | st.floats(-most, most)
    return st.lists(off, min_size=2, max_size=count)


def wanted_of(pacer: Pacer, stamps: list[int]) -> list[int]:
    """The numbers of the frames that are wanted."""
    return [at for at, stamp in enumerate(stamps) if pacer.wants(stamp)]


def most_above(stamps: list[int], rate: float) -> float:
    """How many frames more than `rate` times the duration lie in the worst window."""
    # n frames in d seconds: n - R*d, greatest over all pairs of a first and a last frame.
    worst, best_start = 0.0, 0.0
    for at, stamp in enumerate(stamps):
        level = at - rate * (stamp - stamps[0]) / 1e9
        best_start = min(best_start, level) if at else level
        worst = max(worst, level - best_start + 1)
    return worst


def seconds(stamps: list[int]) -> float:
    return (stamps[-1] - stamps[0]) / 1e9


@settings(deadline=None)
@given(
    rates,
    st.lists(st.integers(0, 10**7) | st.integers(0, 10**9) | st.just(0), min_size=1, max_size=300),
)
def test_no_window_holds_more_than_the_promise(rate: float, steps: list[int]) -> None:
    stamps = [BOOT_NS + ahead for ahead in itertools.accumulate(steps)]
    taken = [stamps[at] for at in wanted_of(Pacer(rate), stamps)]
    assert taken[0] == stamps[0]
    assert most_above(taken, rate) <= 8 / 3 + ROUNDING


@settings(deadline=None)
@given(cameras, st.floats(1, 8), jitters(0.3))
def test_a_camera_that_is_not_too_fast_loses_nothing(
    camera: float, times: float, jitter: list[float]
) -> None:
    stamps = row(camera, jitter)
    assert wanted_of(Pacer(camera * times), stamps) == list(range(len(stamps)))


def test_30_of_30_are_taken_in_spite_of_the_worst_jitter() -> None:
    stamps = row(30, [0.3] + [-0.3] * 300 + [0.3, -0.3] * 300)
    assert wanted_of(Pacer(30), stamps) == list(range(901))


@settings(deadline=None)
@given(cameras, st.floats(1, 30), jitters(0.3))
def test_a_camera_that_is_too_fast_gives_the_wanted_rate(
    camera: float, times: float, jitter: list[float]
) -> None:
    stamps = row(camera, jitter)
    rate = camera / times
    taken = len(wanted_of(Pacer(rate), stamps))
    expected = rate * seconds(stamps)
    assert expected - ROUNDING <= taken <= expected + 5 / 3 + ROUNDING


def test_20_of_30_are_20() -> None:
    stamps = row(30, [0.0] * 3000)
    assert len(wanted_of(Pacer(20), stamps)) == 2000


@settings(deadline=None)
@given(cameras, st.integers(2, 12), jitters(0.12, 160))
def test_a_whole_fraction_is_taken_evenly(camera: float, every: int, jitter: list[float]) -> None:
    stamps = row(camera, [0.0] * 60 + jitter)
    taken = wanted_of(Pacer(camera / every), stamps)
    assert [at for at in taken if at >= 60] == list(
        range(-(-60 // every) * every, len(stamps), every)
    )


def test_a_long_gap_is_not_followed_by_a_burst() -> None:
    pacer = Pacer(10)
    before = row(30, [0.0] * 90)
    after = [stamp + 3600 * 10**9 for stamp in before]
    wanted_of(pacer, before)
    assert wanted_of(pacer, after)[:4] == [0, 3, 6, 9]


@settings(deadline=None)
@given(jitters(0.3))
def test_rate_0_wants_everything(jitter: list[float]) -> None:
    stamps = row(30, jitter)
    assert wanted_of(Pacer(0), [*stamps, stamps[-1]]) == list(range(len(stamps) + 1))


def test_a_higher_rate_holds_from_the_next_frame_on() -> None:
    pacer = Pacer(1)
    stamps = row(30, [0.0] * 240)
    assert len(wanted_of(pacer, stamps[:100])) == 4
    pacer.set_rate(30)
    assert wanted_of(pacer, stamps[100:]) == list(range(140))


def test_a_lower_rate_holds_from_the_next_frame_on() -> None:
    pacer = Pacer(30)
    stamps = row(30, [0.0] * 300)
    assert len(wanted_of(pacer, stamps[:100])) == 100
    pacer.set_rate(3)
    assert wanted_of(pacer, stamps[100:]) == list(range(9, 200, 10))
    pacer.set_rate(0)
    assert pacer.wants(stamps[-1] + 1)
    pacer.set_rate(1)
    assert not pacer.wants(stamps[-1] + 2)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.5, 120), st.lists(st.integers(0, 10**8), min_size=1, max_size=40)),
        min_size=1,
        max_size=8,
    )
)
def test_each_rate_is_kept_while_it_holds(spans: list[tuple[float, list[int]]]) -> None:
    pacer = Pacer(spans[0][0])
    now_ns = BOOT_NS
    for rate, steps in spans:
        pacer.set_rate(rate)
        stamps = [now_ns + ahead for ahead in itertools.accumulate(steps)]
        now_ns = stamps[-1]
        taken = [stamps[at] for at in wanted_of(pacer, stamps)]
        assert most_above(taken, rate) <= 8 / 3 + ROUNDING


def test_a_time_that_goes_back_starts_afresh() -> None:
    pacer = Pacer(10)
    stamps = row(30, [0.0] * 90)
    wanted_of(pacer, stamps)
    assert wanted_of(pacer, [stamp - 3600 * 10**9 for stamp in stamps])[:4] == [0, 3, 6, 9]


def test_a_frame_taken_out_of_turn_comes_on_top() -> None:
    pacer = Pacer(10)
    stamps = row(30, [0.0] * 240)
    assert wanted_of(pacer, stamps[:100])[-1] == 99
    assert not pacer.wants(stamps[100])
    pacer.take(stamps[100])
    assert wanted_of(pacer, stamps[101:]) == list(range(2, 139, 3))
