"""Waiting for each frame's time: never faster than the schedule, never a burst."""

import itertools
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.vision.sources.pace import Pace, base, ticks
from tests.vision.painted import NeverWaits, StopsWhenWaitedFor, gaps

MS = 1_000_000


def played(intervals: list[int], works: list[int]) -> list[int]:
    """When frames are shown that take these times to make, by a clock that nobody waits for."""
    now = due = 0
    shown = []
    for interval, work in zip(intervals, works, strict=True):
        due += interval
        now = max(now + work, due)
        shown.append(now)
        due = base(due, interval, now)
    return shown


steps = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 400) | st.integers(0, 100)), min_size=1
)


@settings(deadline=None)
@given(steps)
def test_between_two_frames_their_intervals_pass_but_for_one(frames: list[tuple[int, int]]) -> None:
    intervals, works = [list(row) for row in zip(*frames, strict=True)]
    shown = played(intervals, works)
    for first, last in itertools.combinations(range(len(shown)), 2):
        least = sum(intervals[first + 1 : last + 1]) - intervals[first]
        assert shown[last] - shown[first] >= least


@settings(deadline=None)
@given(st.integers(1, 100), st.integers(0, 50))
def test_small_delays_do_not_add_up(interval: int, count: int) -> None:
    shown = played([interval] * count, [interval, interval // 2] * (count // 2) + [0] * (count % 2))
    assert shown == [interval * (at + 1) for at in range(count)]


def test_a_late_frame_may_be_followed_early_by_the_next_one_only() -> None:
    assert played([10] * 6, [0, 0, 18, 0, 0, 0]) == [10, 20, 38, 40, 50, 60]


def test_after_a_pause_the_schedule_starts_afresh() -> None:
    assert played([10] * 6, [0, 0, 75, 0, 0, 0]) == [10, 20, 95, 105, 115, 125]


def test_the_first_frame_is_due_at_once() -> None:
    assert Pace(NeverWaits()).wait(3600 * 1000 * MS) is not None


def test_ticks_are_no_faster_than_their_rate() -> None:
    stamps = list(itertools.islice(ticks(200, threading.Event()), 12))
    assert min(gaps(stamps)) > 0
    for first, last in itertools.combinations(range(12), 2):
        assert stamps[last] - stamps[first] >= (last - first - 1) * 5 * MS


def test_intervals_may_differ() -> None:
    pace = Pace(threading.Event())
    intervals = [0, 5, 20, 1, 10]
    stamps = [pace.wait(interval * MS) for interval in intervals]
    known = [stamp for stamp in stamps if stamp is not None]
    assert known[-1] - known[0] >= sum(intervals) * MS


def test_rate_0_never_waits() -> None:
    stamps = list(itertools.islice(ticks(0, NeverWaits()), 1000))
    assert len(stamps) == 1000
    assert stamps == sorted(stamps)


def test_a_stop_ends_the_ticks_while_they_wait() -> None:
    assert len(list(ticks(0.001, StopsWhenWaitedFor()))) == 1


def test_after_a_stop_there_is_no_tick() -> None:
    stop = threading.Event()
    stop.set()
    assert list(ticks(0, stop)) == []
    assert Pace(stop).wait(0) is None
