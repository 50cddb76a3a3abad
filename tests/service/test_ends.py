"""The delays between restarts: they grow, and are forgotten."""

import logging
from concurrent.futures import Future

import pytest

from edgepose.service.ended import Ended
from edgepose.service.ends import DELAYS_S, FORGET_S, Ends

END = Ended("signal", "killed by SIGKILL")


class Wished:
    """What of a wish is asked for here."""

    def __init__(self) -> None:
        self.doomed: Future[Exception] = Future()


def delays(ends: Ends, *worked_s: float) -> list[float | None]:
    wish = Wished()
    return [ends.note(wish, END, each) for each in worked_s]  # type: ignore[arg-type]


def test_they_grow_to_half_a_minute_and_no_further() -> None:
    assert delays(Ends(), *[0.0] * 12) == [*DELAYS_S, *[30.0] * 4]


def test_what_worked_for_a_while_is_forgiven() -> None:
    ends = Ends()
    delays(ends, *[0.0] * 100)
    # Each minute of work takes one failure back, however many there were.
    assert delays(ends, 120.0, 0.0, 180.0, 180.0, 180.0) == [16.0, 30.0, 8.0, 2.0, 0.0]
    assert delays(ends, 3600.0, 3600.0) == [0.0, 0.0]


@pytest.mark.parametrize("worked_s", [6.0, 8.5, 29.0])
def test_one_that_works_for_seconds_at_a_time_waits_longer_and_longer(worked_s: float) -> None:
    waits = delays(Ends(), *[worked_s] * 100)
    assert waits[:2] == [0.0, 0.0]
    assert set(waits[20:]) == {30.0}


def test_one_that_works_for_a_minute_at_a_time_never_waits() -> None:
    assert set(delays(Ends(), *[FORGET_S] * 100)) == {0.0}


def test_another_wish_begins_anew() -> None:
    ends = Ends()
    delays(ends, *[0.0] * 5)
    ends.forget()
    assert delays(ends, 0.0) == [0.0]


def test_causes_are_counted_and_said_once_in_a_row(caplog: pytest.LogCaptureFixture) -> None:
    ends, wish = Ends(), Wished()
    stalled = Ended("capture_stalled", "camera stalled: no frame for 2.8 s")
    with caplog.at_level(logging.INFO):
        for end in (END, END, stalled, stalled, END):
            ends.note(wish, end, 0.0)  # type: ignore[arg-type]
    assert (ends.restarts, ends.last) == (5, "killed by SIGKILL")
    assert ends.causes == {"signal": 3, "capture_stalled": 2}
    assert [record.message for record in caplog.records] == [
        "vision process: killed by SIGKILL; it is started again in 0 s",
        "vision process: camera stalled: no frame for 2.8 s; it is started again in 1 s",
        "vision process: killed by SIGKILL; it is started again in 4 s",
    ]
