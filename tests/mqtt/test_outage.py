"""What the journal is told of an outage: each trouble once, and how it ended."""

import logging
from collections.abc import Callable

import pytest

from edgepose.mqtt.outage import MOST, Outage


class Story:
    """An outage on a made-up clock, and the lines that the journal got."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "edgepose")
        self._caplog = caplog
        self.now = 1000.0
        self.outage = Outage(lambda: self.now)

    def often(self, count: int, step_s: float, *each: Callable[[], None]) -> None:
        """Do these by turns so many times, with so long between any two."""
        for _ in range(count):
            for one in each:
                one()
                self.now += step_s

    def fails(self, why: str) -> Callable[[], None]:
        return lambda: self.outage.trouble(f"broker b: {why}")

    def connects(self) -> None:
        self.outage.connected("5 connected to b")

    def holds(self) -> None:
        self.outage.held("5 connected to b")

    @property
    def lines(self) -> list[str]:
        said = [record.getMessage() for record in self._caplog.records]
        self._caplog.clear()
        return said


@pytest.fixture
def story(caplog: pytest.LogCaptureFixture) -> Story:
    return Story(caplog)


def test_troubles_by_turns_are_each_told_once(story: Story) -> None:
    story.often(1000, 3.0, story.fails("refused"), story.fails("unreachable"))
    assert story.lines == [
        "MQTT broker b: refused; edgepose keeps trying",
        "MQTT broker b: unreachable; edgepose keeps trying",
    ]
    story.connects()
    assert story.lines == ["MQTT 5 connected to b"]


def test_one_outage_is_one_warning(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    story.often(1, 0.1, story.connects)
    caplog.clear()
    story.often(3, 1.0, story.fails("connection lost"), story.fails("refused"))
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "MQTT broker b: connection lost; edgepose keeps trying"),
        ("INFO", "MQTT broker b: refused; edgepose keeps trying"),
    ]


def test_troubles_without_end_are_told_to_a_bound(story: Story) -> None:
    for number in range(1000):
        story.often(1, 3.0, story.fails(f"sent nonsense {number}"))
    lines = story.lines
    assert len(lines) == MOST
    assert lines[-1].endswith("more reasons are not told here until it holds")


def test_a_connection_that_never_holds_is_told_once_and_its_end(story: Story) -> None:
    story.often(1, 1.0, story.connects)
    story.often(500, 3.0, story.fails("connection lost"), story.connects, story.holds)
    assert story.lines == [
        "MQTT 5 connected to b",
        "MQTT broker b: connection lost; edgepose keeps trying",
        "MQTT 5 connected to b",
    ]
    story.often(20, 3.0, story.holds)
    assert story.lines == ["MQTT 5 connected to b; before it held it was lost 499 times more"]
    # The next outage is another one.
    story.often(5, 3.0, story.fails("connection lost"))
    assert story.lines == ["MQTT broker b: connection lost; edgepose keeps trying"]


def test_connected_is_not_the_last_word_while_it_is_away(story: Story) -> None:
    story.often(2, 3.0, story.fails("connection lost"), story.connects)
    assert len(story.lines) == 2
    story.often(100, 3.0, story.fails("connection lost"))
    assert story.lines == ["MQTT broker b: connection lost; edgepose keeps trying"]
