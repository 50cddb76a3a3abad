"""How a running vision process is judged: by the page and the clock, which are made up here."""

from typing import Any

import pytest

from edgepose.messages.page import Counter, Page
from edgepose.service.ended import Ended
from edgepose.service.vitals import Vitals

S = 1_000_000_000
STEP_NS = S // 4
"""As the supervision looks."""


class Wished:
    """What of a wish is asked for here."""

    def __init__(self, source: str = "picamera2", rate: float = 30.0) -> None:
        self.source, self.rate = source, rate
        self.stream, self.waits = None, rate == 0


class Run:
    """A run of which each step is told: the frames that come and the answers."""

    def __init__(self, page: Page, wished: Wished) -> None:
        self.page = page
        self.now_ns = 1000 * S
        self.ready_ns: int | None = None
        self.received = 0
        self.stopped = False
        self.vitals = Vitals(wished, page, self.now_ns)  # type: ignore[arg-type]

    def look(self, seconds: float = 0.25) -> Ended | None:
        self.now_ns += round(seconds * S)
        return self.vitals.look(self.now_ns, self.ready_ns, self.received, stopped=self.stopped)

    def capture(self, *outcome: Counter) -> None:
        """A frame comes, and this becomes of it."""
        self.page.count("captured")
        self.page.sign("captured_ns", self.now_ns)
        for name in outcome:
            self.page.count(name)

    def answer(self) -> None:
        self.page.sign("answered_ns", self.now_ns)
        self.received += 1

    def until_ended(self, limit_s: float, *outcome: Counter, capture: bool = True) -> Ended | None:
        """Look again and again for so long, with a frame each time where wanted."""
        for _ in range(round(limit_s * 4)):
            if capture:
                self.capture(*outcome)
            if (ended := self.look()) is not None:
                return ended
        return None


def at_work(page: Page, **wished: Any) -> Run:
    run = Run(page, Wished(**wished))
    run.ready_ns = run.now_ns
    run.capture()
    run.answer()
    assert run.look() is None
    return run


def test_all_is_well_for_an_hour(page: Page) -> None:
    run = at_work(page)
    for number in range(4 * 3600):
        run.capture(*(("busy",) if number % 3 else ()))
        if not number % 3:
            run.answer()
        assert run.look() is None


def test_a_start_that_takes_too_long(page: Page) -> None:
    run = Run(page, Wished())
    assert run.until_ended(59.5, capture=False) is None
    ended = run.until_ended(1, capture=False)
    assert ended == Ended("start_too_long", "camera and engine did not open within 60 s")


def test_one_that_is_stopped_before_it_is_open(page: Page) -> None:
    run = Run(page, Wished())
    # A slow start is none, nor a stop that is over.
    assert run.until_ended(20, capture=False) is None
    run.stopped = True
    assert run.until_ended(2.75, capture=False) is None
    run.stopped = False
    assert run.look() is None
    run.stopped = True
    # What stops all of the machine is nobody's fault.
    assert run.look(600) is None
    assert run.until_ended(2.75, capture=False) is None
    words = "stopped by a signal before camera and engine were open"
    assert run.until_ended(0.5, capture=False) == Ended("start_too_long", words)


@pytest.mark.parametrize(
    ("wished", "quiet_s"),
    [
        ({}, 2.5),
        ({"rate": 0.5}, 6.0),
        ({"source": "actor", "rate": 0.0}, 2.5),
        ({"source": "uri"}, 12.5),
    ],
)
def test_a_silent_camera(page: Page, wished: dict[str, Any], quiet_s: float) -> None:
    run = at_work(page, **wished)
    assert run.until_ended(quiet_s - 0.25, capture=False) is None
    ended = run.until_ended(0.75, capture=False)
    assert ended is not None
    assert ended.cause == "capture_stalled"
    assert ended.words.startswith(f"camera stalled: no frame for {str(quiet_s)[:-2]}")


def test_a_camera_that_never_gave_a_frame(page: Page) -> None:
    run = Run(page, Wished())
    run.look(20)
    run.ready_ns = run.now_ns
    assert run.until_ended(2.5, capture=False) is None
    ended = run.until_ended(0.5, capture=False)
    assert ended is not None
    assert ended.cause == "capture_stalled"


def test_an_engine_that_never_answers(page: Page) -> None:
    run = at_work(page)
    run.capture()
    assert run.until_ended(5, "busy") is None
    ended = run.until_ended(0.5, "busy")
    assert ended == Ended("engine_stalled", "engine stalled: 1 frames in hand, no answer for 5.2 s")


def test_a_first_answer_may_take_longer(page: Page) -> None:
    run = Run(page, Wished())
    run.look(0.5)
    run.ready_ns = run.now_ns
    run.capture()
    assert run.until_ended(24, "busy") is None
    ended = run.until_ended(2, "busy")
    assert ended is not None
    assert ended.cause == "engine_stalled"


def test_a_slow_board_is_let_alone(page: Page) -> None:
    run = at_work(page)
    run.capture()
    assert run.until_ended(1.75, "busy") is None
    run.answer()
    run.capture()
    # Now it is known to be slow.
    assert run.until_ended(20, "busy") is None
    assert run.until_ended(6, "busy") is not None


def test_without_a_frame_in_hand_nobody_is_late(page: Page) -> None:
    run = at_work(page)
    assert run.until_ended(60, "paced") is None
    # One that is refused, or lost on a full link, is answered, too.
    assert run.until_ended(60, "refused") is None
    assert run.until_ended(60, "link_full") is None


def test_a_source_that_waits_for_the_engine_is_not_to_blame(page: Page) -> None:
    run = at_work(page, source="uri", rate=0.0)
    run.capture()
    ended = run.until_ended(30, capture=False)
    assert ended is not None
    assert ended.cause == "engine_stalled"


def test_while_the_daemon_was_held_nobody_was_late(page: Page) -> None:
    run = at_work(page)
    run.capture()
    assert run.look(600) is None
    assert run.until_ended(2.5, capture=False) is None
    ended = run.until_ended(0.5, capture=False)
    assert ended is not None
    assert ended.cause == "capture_stalled"


def test_a_very_slow_film_is_waited_for(page: Page) -> None:
    run = at_work(page, source="uri", rate=0.02)
    assert run.until_ended(140, capture=False) is None
    ended = run.until_ended(20, capture=False)
    assert ended is not None
    assert ended.cause == "capture_stalled"


@pytest.mark.parametrize("in_time", [0, 1, 3])
def test_a_loop_that_is_always_late_is_no_excuse_for_ever(page: Page, in_time: int) -> None:
    run = at_work(page)
    run.capture()
    ended = None
    for _ in range(100):
        ended = ended or run.look(1.5)
        for _ in range(in_time):
            ended = ended or run.look()
    assert ended is not None
    assert ended.cause == "capture_stalled"


def test_one_that_is_held_now_and_then_has_its_excuse_each_time(page: Page) -> None:
    run = at_work(page)
    for _ in range(5):
        assert run.look(600) is None
        for _ in range(4 * 61):
            run.capture()
            run.answer()
            assert run.look() is None
