"""Stamps and gaps: the sensor's time where it can be believed, and frames missed only then."""

import pytest

from edgepose.vision.sources.pi.stamps import Stamp, Stamps, missed

MS = 1_000_000
S = 1_000 * MS
UP = 5_000 * S
"""The machine has been up for this long."""
FRAME = 33_333_000
AGE = 40 * MS
"""How old a frame is when it arrives."""


def run(
    stamps: list[int | None], duration: int | None = FRAME, asleep: int = 0, late: int = AGE
) -> list[Stamp]:
    """Judge frames that were taken at these times after `UP`, each arriving `late` after it."""
    judge = Stamps()
    found = []
    for place, stamp in enumerate(stamps):
        taken = UP + (place * FRAME if stamp is None else stamp)
        sent = None if stamp is None else taken - asleep
        found.append(judge.read(sent, duration, taken + late, asleep))
    return found


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0.1, 0),
        (1.0, 0),
        (1.3, 0),
        (1.49, 0),
        (1.5, 0),
        (1.51, 1),
        (2.0, 1),
        (2.4, 1),
        (2.6, 2),
        (3.0, 2),
        (100.0, 99),
    ],
)
def test_a_gap_of_more_than_one_and_a_half_durations_is_missed_frames(
    gap: float, expected: int
) -> None:
    assert missed(round(gap * FRAME), FRAME) == expected


def test_frames_in_a_row_miss_nothing_and_are_when_the_sensor_says() -> None:
    found = run([n * FRAME for n in range(5)])
    assert found == [Stamp(UP + n * FRAME, 0) for n in range(5)]


def test_each_gap_is_counted_once() -> None:
    found = run([0, FRAME, 4 * FRAME, 5 * FRAME, 15 * FRAME])
    assert [stamp.missed for stamp in found] == [0, 0, 2, 0, 9]


def test_a_frame_s_own_duration_counts() -> None:
    judge = Stamps()
    judge.read(UP, FRAME, UP + AGE, 0)
    slow = UP + 3 * FRAME
    assert judge.read(slow, 3 * FRAME, slow + AGE, 0) == Stamp(slow, 0)
    fast = slow + 3 * FRAME
    assert judge.read(fast, FRAME, fast + AGE, 0) == Stamp(fast, 2)


def test_without_a_duration_nothing_is_known_of_what_was_missed() -> None:
    found = run([0, 10 * FRAME], duration=None)
    assert found == [Stamp(UP, None), Stamp(UP + 10 * FRAME, None)]


@pytest.mark.parametrize("asleep", [0, MS, 300 * MS, 5 * S, 80_000 * S])
def test_a_kernel_that_stamps_without_the_time_asleep_is_put_right(asleep: int) -> None:
    found = run([0, FRAME, 4 * FRAME], asleep=asleep)
    assert found == [Stamp(UP, 0), Stamp(UP + FRAME, 0), Stamp(UP + 4 * FRAME, 2)]


@pytest.mark.parametrize("asleep", [300 * MS, 5 * S, 80_000 * S])
def test_a_stamp_that_counts_the_time_asleep_is_taken_as_it_is(asleep: int) -> None:
    judge = Stamps()
    assert judge.read(UP, FRAME, UP + AGE, asleep) == Stamp(UP, 0)


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param(None, id="no stamp"),
        pytest.param(0, id="nothing in it"),
        pytest.param(1_795_340_123 * S, id="wall time"),
        pytest.param(UP + S, id="the future"),
        pytest.param(UP - 60 * S, id="the camera's own clock"),
    ],
)
def test_a_stamp_that_cannot_be_believed_is_not_used(stamp: int | None) -> None:
    judge = Stamps()
    assert judge.read(stamp, FRAME, UP, 0) == Stamp(UP, None)
    later = None if stamp is None else stamp + 10 * FRAME
    assert judge.read(later, FRAME, UP + 10 * FRAME, 0) == Stamp(UP + 10 * FRAME, None)


def test_a_single_frame_without_a_stamp_breaks_the_row_and_no_more() -> None:
    found = run([0, FRAME, None, 3 * FRAME, 4 * FRAME, 7 * FRAME])
    assert [stamp.missed for stamp in found] == [0, 0, None, 0, 0, 2]
    assert found[2].captured_ns == UP + 2 * FRAME + AGE


def test_a_stamp_that_does_not_rise_is_not_believed() -> None:
    judge = Stamps()
    judge.read(UP, FRAME, UP + AGE, 0)
    assert judge.read(UP, FRAME, UP + 2 * AGE, 0) == Stamp(UP + 2 * AGE, None)


def test_a_frame_that_waited_for_a_stopped_process_keeps_its_time() -> None:
    judge = Stamps()
    judge.read(UP, FRAME, UP + AGE, 0)
    assert judge.read(UP + FRAME, FRAME, UP + 60 * S, 0) == Stamp(UP + FRAME, 0)
