"""The delays between restarts: they grow, and are forgotten."""

import logging
import re

import pytest

from edgepose.service.ended import Ended
from edgepose.service.ends import DELAYS_S, DOOMED_S, FORGET_S, Ends

END = Ended("signal", "killed by SIGKILL")


class Wished:
    """What of a wish is asked for here."""

    hopeless = False


def delays(ends: Ends, *worked_s: float) -> list[float]:
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


def test_nothing_waits_for_a_hand_for_ever() -> None:
    wish = Wished()
    wish.hopeless = True
    # What was taken for a mistake may have been a card that did not answer.
    assert Ends().note(wish, END, 0.0) == DOOMED_S  # type: ignore[arg-type]


def test_another_wish_begins_anew() -> None:
    ends = Ends()
    delays(ends, *[0.0] * 5)
    ends.forget()
    assert delays(ends, 0.0) == [0.0]


STALLED = Ended("capture_stalled", "camera stalled: no frame for 2.8 s")


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What a person reads."""
    begins = "vision process: "
    texts = [each.message for each in caplog.records if each.levelno >= logging.INFO]
    assert all(text.startswith(begins) for text in texts)
    caplog.clear()
    return [text.removeprefix(begins) for text in texts]


def test_causes_are_counted_and_said_once_in_an_episode(caplog: pytest.LogCaptureFixture) -> None:
    ends, wish = Ends(), Wished()
    with caplog.at_level(logging.DEBUG):
        for end in (END, END, *[STALLED, END] * 50):
            ends.note(wish, end, 0.0)  # type: ignore[arg-type]
    assert (ends.restarts, ends.last) == (102, "killed by SIGKILL")
    assert ends.causes == {"signal": 52, "capture_stalled": 50}
    assert said(caplog) == [
        "killed by SIGKILL; it is started again now",
        "camera stalled: no frame for 2.8 s; it is started again in 1 s",
    ]


def test_one_that_works_again_is_said_to_once(caplog: pytest.LogCaptureFixture) -> None:
    ends = Ends()
    with caplog.at_level(logging.DEBUG):
        delays(ends, 0.0, 0.0, 0.0)
        said(caplog)
        for worked_s in (1.0, 3 * FORGET_S - 1):
            ends.works(worked_s)
        assert said(caplog) == []
        for worked_s in (3 * FORGET_S, 3600.0):
            ends.works(worked_s)
        assert said(caplog) == ["works again after 3 restarts"]


def test_a_death_a_day_is_an_error_each_day(caplog: pytest.LogCaptureFixture) -> None:
    ends = Ends()
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            assert delays(ends, 86400.0) == [0.0]
            ends.works(86400.0)
            assert said(caplog) == [
                "killed by SIGKILL; it is started again now",
                "works again after 1 restart",
            ]


def test_what_is_asked_meanwhile_begins_a_new_episode(caplog: pytest.LogCaptureFixture) -> None:
    ends = Ends()
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            delays(ends, 0.0)
            assert said(caplog) == ["killed by SIGKILL; it is started again now"]
            ends.forget()
            ends.works(3600.0)
            assert said(caplog) == []


def test_an_answer_is_said_after_the_first_failure_only(caplog: pytest.LogCaptureFixture) -> None:
    ends = Ends()
    with caplog.at_level(logging.DEBUG):
        delays(ends, 0.0)
        said(caplog)
        for _ in range(3):
            ends.answers()
        [line] = said(caplog)
        assert re.fullmatch(r"works again after [0-9]+\.[0-9] s", line)
        # It was true for a moment only, and that is not to be the last word.
        for _ in range(50):
            delays(ends, 1.0)
            ends.answers()
        assert said(caplog) == ["killed by SIGKILL; it is started again now"]
        ends.works(3600.0)
        assert said(caplog) == ["works again after 51 restarts"]
        ends.answers()
        assert said(caplog) == []


def test_an_answer_that_was_said_is_not_said_again_when_it_lasts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ends = Ends()
    with caplog.at_level(logging.DEBUG):
        delays(ends, 0.0)
        ends.answers()
        assert len(said(caplog)) == 2
        ends.works(3600.0)
        assert said(caplog) == []
