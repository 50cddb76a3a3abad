"""What the journal is told of a view that shows nothing: once, and its end."""

import logging

import pytest

from edgepose.messages.state import Camera
from edgepose.service.view_log import ViewLog

S = 1_000_000_000


class Story:
    """Looks four times a second at a camera that is as we say."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "edgepose")
        self._caplog = caplog
        self._log = ViewLog()
        self._now_ns = 1000 * S

    def lasts(self, camera: Camera | None, seconds: float) -> None:
        for _ in range(round(4 * seconds)):
            self._log.look(camera, self._now_ns)
            self._now_ns += S // 4

    @property
    def lines(self) -> list[tuple[str, str]]:
        said = [(each.levelname, each.getMessage()) for each in self._caplog.records]
        self._caplog.clear()
        return said


@pytest.fixture
def story(caplog: pytest.LogCaptureFixture) -> Story:
    return Story(caplog)


COVERED = "WARNING", "camera covered: nothing can be seen: a cap, a hand, a cloth?"


@pytest.mark.parametrize(
    ("camera", "line"),
    [
        ("covered", COVERED),
        ("frozen", ("WARNING", "camera frozen: it gives the same picture again and again")),
        ("dark", ("INFO", "it is dark: nobody can be seen")),
    ],
)
def test_it_is_said_once_and_so_is_its_end(
    story: Story, camera: Camera, line: tuple[str, str]
) -> None:
    story.lasts("ok", 5)
    assert story.lines == []
    story.lasts(camera, 16)
    assert story.lines == [line]
    story.lasts("ok", 5)
    assert story.lines == [("INFO", "the camera sees again, after 16 s")]


def test_a_night_is_told_in_hours(story: Story) -> None:
    story.lasts("dark", 9 * 3600)
    story.lasts("ok", 1)
    assert story.lines[-1] == ("INFO", "the camera sees again, after 9 h")


def test_what_comes_and_goes_fills_nothing(story: Story) -> None:
    for _ in range(180):
        story.lasts("covered", 10)
        story.lasts("ok", 10)
    lines = story.lines
    # An hour of it.
    assert len(lines) <= 12
    assert lines.count(COVERED) == len(lines) / 2


def test_the_last_word_is_true(story: Story) -> None:
    story.lasts("covered", 10)
    story.lasts("ok", 10)
    assert len(story.lines) == 2
    story.lasts("covered", 300)
    assert story.lines == []
    story.lasts("covered", 400)
    assert story.lines == [COVERED]
    story.lasts("ok", 1)
    assert story.lines == [("INFO", "the camera sees again, after 12 min")]


def test_another_process_is_no_end_of_it(story: Story) -> None:
    story.lasts("covered", 10)
    story.lasts(None, 5)
    story.lasts("covered", 5)
    assert story.lines == [COVERED]
    story.lasts("ok", 1)
    assert story.lines == [("INFO", "the camera sees again, after 20 s")]
