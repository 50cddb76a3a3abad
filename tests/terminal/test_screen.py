"""The whole screen, at any size."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from edgepose.messages import packed
from edgepose.messages.pose import Person
from edgepose.mqtt.topics import Topics
from edgepose.terminal.inbox import Inbox
from edgepose.terminal.screen import Screen
from tests.terminal.people import lines, person, pose
from tests.terminal.test_report import health

TOPICS = Topics("edgepose", "tested")
HINT = "mosquitto_sub -p 1 -t edgepose/tested/pose"
SIZES = [(1, 1), (2, 9), (20, 5), (51, 12), (60, 20), (80, 24), (110, 32), (200, 60)]


def screen(*people: Person, **counters: int) -> Screen:
    """A screen that shows these people and a report with these counters."""
    inbox = Inbox(TOPICS)
    inbox.take(TOPICS.pose_packed, packed.encode(pose(*people)))
    inbox.take(TOPICS.pose, b"x" * 1150)
    inbox.take(TOPICS.availability, b"online")
    inbox.take(TOPICS.health, json.dumps(health(**counters)).encode())
    shown = Screen(TOPICS, "a title", HINT)
    shown.pose, shown.clock = inbox.pose, "0:07"
    shown.tell(inbox.numbers())
    return shown


def braille(text: str) -> int:
    return sum("\u2800" < character < "\u2900" for character in text)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fills_the_terminal_and_no_more(width: int, height: int) -> None:
    for shown in (screen(person()), screen(), Screen(TOPICS, "a title", HINT)):
        found = lines(shown, width, height)
        assert len(found) == height
        assert {len(line) for line in found} == {width}


@pytest.mark.parametrize(("width", "height"), SIZES[4:])
def test_what_matters_is_there_at_every_size(width: int, height: int) -> None:
    shown = screen(person(), captured=20, observed=12, published=11, stale=1, busy=5, in_flight=3)
    text = "\n".join(lines(shown, width, height))
    for word in (
        *("a title", "0:07", HINT, "edgepose/tested", "/pose/packed", "304", "1,150", "online"),
        *("ok", "mediapipe", "full", "captured", "published", "busy", "stale", "in flight"),
        "0 unexplained",
    ):
        assert word in text
    assert braille(text) > 30


def test_a_wide_one_shows_every_drop_and_a_narrow_one_those_that_happened() -> None:
    shown = screen(person(), captured=5, busy=5)
    assert "engine_lost" in "\n".join(lines(shown, 110, 32))
    assert "engine_lost" not in "\n".join(lines(shown, 60, 20))


def test_a_sum_that_does_not_hold_is_said() -> None:
    assert "4 unexplained" in "\n".join(lines(screen(person(), captured=4), 80, 24))


def test_an_empty_room_and_a_silence_are_said() -> None:
    assert "nobody in the picture" in "\n".join(lines(screen(), 80, 24))
    waiting = Screen(TOPICS, "a title", HINT)
    waiting.waiting = "wait a little"
    assert "wait a little" in "\n".join(lines(waiting, 80, 24))
    silent = screen(person())
    silent.tell(replace(Inbox(TOPICS).numbers(), silence_s=5.0))
    text = "\n".join(lines(silent, 80, 24))
    assert "no pose for 5 s" in text
    assert braille(text) == 0


def test_the_picture_has_the_shape_of_the_cells() -> None:
    shown = screen(person())
    low = sum("│" in line for line in lines(shown, 80, 60))
    shown.aspect = 1.5
    high = sum("│" in line for line in lines(shown, 80, 60))
    assert (low, high) == (17, 23)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn() -> str:
        file = io.StringIO()
        Console(
            file=file, force_terminal=True, color_system="truecolor", width=80, height=24
        ).print(screen(person()))
        return file.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "38;2;" in drawn()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "38;2;" not in drawn()
    assert braille(drawn()) > 30
