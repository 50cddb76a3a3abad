"""The whole screen, at any size."""

import io
import json
import re
import time
from dataclasses import replace

import pytest
from rich.console import Console

from edgepose.messages import packed
from edgepose.messages.pose import Person
from edgepose.terminal.arrival import Arrival
from edgepose.terminal.frame import Frame
from edgepose.terminal.inbox import Inbox
from edgepose.terminal.screen import Screen
from edgepose.terminal.skeleton import PALETTES
from tests.terminal.people import lines, person, pose
from tests.terminal.post import NOTICE, TOPICS, Post, now_us, said, state
from tests.terminal.test_report import health

HINT = "mosquitto_sub -p 1 -t edgepose/tested/pose"
SIZES = [(1, 1), (2, 9), (20, 5), (51, 12), (60, 20), (80, 24), (110, 32), (200, 60)]


def screen(*people: Person, **counters: int) -> Screen:
    """A screen that shows these people and a report with these counters."""
    post = Post()
    post.put(TOPICS.pose_packed, packed.encode(replace(pose(*people), unix_us=now_us())))
    post.put(TOPICS.pose, b"x" * 1150)
    post.put(TOPICS.availability, b"online")
    post.put(TOPICS.health, json.dumps(health(**counters)).encode())
    shown = Screen(TOPICS, Frame("a title", "next", HINT, "0:07"))
    shown.pose = post.inbox.pose
    shown.tell(post.inbox.numbers())
    return shown


def empty() -> Screen:
    return Screen(TOPICS, Frame("a title", "next", HINT))


def braille(text: str) -> int:
    return sum("\u2800" < character < "\u2900" for character in text)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_fills_the_terminal_and_no_more(width: int, height: int) -> None:
    for shown in (screen(person()), screen(), empty()):
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
    waiting = empty()
    waiting.waiting = "wait a little"
    assert "wait a little" in "\n".join(lines(waiting, 80, 24))
    silent = screen(person())
    silent.tell(replace(Inbox().numbers(), silence_s=5.0))
    text = "\n".join(lines(silent, 80, 24))
    assert "no pose for 5 s" in text
    assert braille(text) == 0


@pytest.mark.parametrize(
    ("news", "words"),
    [
        (said("availability", "offline"), "the device is offline"),
        (said("state", state(None, None, paused=True, camera="off")), "paused"),
    ],
)
def test_an_old_pose_is_not_shown_as_if_it_were_now(news: Arrival, words: str) -> None:
    inbox = Inbox()
    inbox.take(news)
    shown = screen(person())
    shown.tell(inbox.numbers())
    text = "\n".join(lines(shown, 80, 24))
    assert words in text
    assert braille(text) == 0


def test_who_is_there_and_what_happened_last_are_said() -> None:
    inbox = Inbox()
    inbox.take(said("state", state(True, 2)))
    inbox.take(said("event", {"event_type": "entered", "id": 5, "reasons": {"visible_s": 0.6}}))
    shown = screen(person())
    shown.tell(inbox.numbers())
    text = "\n".join(lines(shown, 110, 32))
    assert "people  somebody is there" in text
    assert re.search(r"last event +5 entered .*\n.* visible_s 0.6", text)


def test_without_a_connection_nothing_is_told_as_if_it_were_now() -> None:
    inbox = Inbox()
    for news in (said("state", state(True, 1)), said("health", health()), said("notice", NOTICE)):
        inbox.take(news)
    inbox.take(said("availability", "online"))
    shown = screen(person())
    shown.waiting = "no connection yet or any more"
    shown.tell(inbox.numbers(connected=False))
    text = "\n".join(lines(shown, 110, 32))
    assert shown.waiting in text
    assert "people  not known: no connection" in text
    assert "device  not known" in text
    assert braille(text) == 0
    assert not re.search("somebody|count|online|ok|frames/s|shared", text)


def test_a_device_that_is_offline_is_neither_well_nor_peopled() -> None:
    inbox = Inbox()
    for news in (said("state", state(True, 1)), said("health", health())):
        inbox.take(news)
    inbox.take(said("availability", "offline"))
    shown = screen(person())
    shown.tell(inbox.numbers())
    text = "\n".join(lines(shown, 110, 32))
    assert "the device is offline" in text
    assert "people  not known: offline" in text
    assert "device  offline" in text
    assert not re.search("somebody|count|ok|frames/s", text)


@pytest.mark.parametrize(
    ("width", "told"),
    [(110, "visible_s 0.5, confidence 0.99  "), (60, "visible_s 0.5, ...")],
)
def test_the_reasons_of_the_last_event_are_whole(width: int, told: str) -> None:
    inbox = Inbox()
    inbox.take(said("state", state(True, 2)))
    reasons = {"visible_s": 0.5, "confidence": 0.99}
    inbox.take(said("event", {"event_type": "entered", "id": 16, "reasons": reasons}))
    shown = screen(person())
    shown.tell(inbox.numbers())
    text = "\n".join(f"{line}  " for line in lines(shown, width, 32))
    assert "last event     16 entered  " in text
    assert told in text


def test_an_id_stands_above_the_head_and_the_legend_has_the_person_s_colours() -> None:
    shown = screen(person(id_=6))
    rows = lines(shown, 110, 32)
    number = next(i for i, row in enumerate(rows) if " 6 " in row[:64])
    head = next(i for i, row in enumerate(rows) if braille(row))
    assert number == head - 1
    console = Console(file=io.StringIO(), width=110, height=32)
    inks = {s.text: s.style for s in console.render(shown) if s.text in ("left", "right")}
    assert inks == {"left": PALETTES[1].left, "right": PALETTES[1].right}


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


def told(width: int, *news: Arrival, people: tuple[Person, ...] = (), silence_s: float = 0) -> str:
    """The screen after this news, as one text."""
    inbox = Inbox()
    for each in news:
        inbox.take(each)
    shown = screen(*people)
    shown.tell(replace(inbox.numbers(), silence_s=silence_s))
    return "\n".join(lines(shown, width, 24))


@pytest.mark.parametrize("people", [(), (person(),)])
@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ("dark", "camera dark: nothing can be seen"),
        ("covered", "camera covered: nothing can be seen"),
        ("stalled", "camera stalled: no picture comes"),
    ],
)
def test_where_nothing_is_seen_nobody_is_said_to_be_there_or_not(
    people: tuple[Person, ...], camera: str, words: str
) -> None:
    text = told(80, said("state", state(None, None, camera=camera)), people=people)
    assert words in text
    assert "nobody" not in text
    assert braille(text) == 0


def test_an_empty_room_is_not_said_for_ever() -> None:
    assert "nobody in the picture" in told(80, silence_s=9)
    assert "no pose for 20 s" in told(80, silence_s=20)


def test_why_is_read_in_full_at_80_columns() -> None:
    why = [
        "old config: line 7: camera.rate: `thirty` is not allowed; allowed: 0 to 240 frames/s",
        "camera covered: nothing can be seen",
    ]
    body = {**health(), "status": "degraded", "why": why}
    state_ = said("state", state(None, None, camera="covered"))
    found = told(80, said("health", body), state_).splitlines()
    panel = " ".join(line[50:].strip() for line in found)
    for each in why:
        assert each in panel
    assert "people  not known camera covered" in panel
    assert "0 unexplained" in panel


@pytest.mark.parametrize("width", [80, 110])
def test_an_idle_rate_is_explained(width: int) -> None:
    body = {**health(), "rate": {"camera": 30.1, "pose": 2.0, "wanted": 2.0}}
    text = told(width, said("health", body), said("state", state(False, 0)))
    panel = " ".join(re.sub(".*[╮│╯]", "", text).split())
    assert "looks at 2 of 30 frames/s" in panel
    assert "nobody is there" in panel
    full = {**health(), "rate": {"camera": 30.1, "pose": 2.0, "wanted": 30.0}}
    assert "looks at" not in told(width, said("health", full), said("state", state(False, 0)))


def test_the_counters_have_an_age() -> None:
    now = 1000.0
    inbox = Inbox(lambda: now)
    shown = screen()
    inbox.take(replace(said("health", health()), retained=True))
    shown.tell(inbox.numbers())
    assert "every frame  some time ago" in "\n".join(lines(shown, 80, 24))
    inbox.take(said("health", health()))
    now += 12.0
    shown.tell(inbox.numbers())
    assert "every frame  12 s ago" in "\n".join(lines(shown, 80, 24))


def test_the_last_event_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    body = {"event_type": "entered", "id": 5, "reasons": {"visible_s": 0.6}}
    dated = {**body, "time": "2026-11-29T21:05:06.123Z"}
    try:
        news = said("state", state(True, 1))
        assert "23:05:06, visible_s 0.6" in told(110, news, said("event", dated))
        unset = said("event", {**dated, "clock": "unset"})
        assert ":05:06" not in told(110, news, unset)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("width", "height"), SIZES[4:])
def test_that_the_camera_s_picture_can_be_had_is_said_at_every_size(
    width: int, height: int
) -> None:
    inbox = Inbox()
    for news in (said("health", health(captured=1, busy=1)), said("notice", NOTICE)):
        inbox.take(news)
    shown = screen(person())
    shown.tell(inbox.numbers())
    found = lines(shown, width, height)
    text = "\n".join(found)
    assert re.search(r"picture shared  live, snapshot *\n.* snapshots +2 ", text)
    assert {len(line) for line in found} == {width}
    assert "0 unexplained" in text
