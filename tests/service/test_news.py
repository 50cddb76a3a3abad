"""Who is there, as subscribers are told: on change, again now and then, null for not known."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message, Settings
from edgepose.mqtt.topics import Topics
from edgepose.scene.presence import Rules
from edgepose.scene.scene import Scene, View
from edgepose.service import clock, news
from edgepose.service.counters import Counters
from edgepose.service.news import News
from edgepose.service.vision import Vision

TOPICS = Topics("edgepose", "tested")
S = 1_000_000_000
SOMEBODY = Person(tuple(Landmark(0.4 + i / 200, 0.2 + i / 60, 0.0, 1.0, 1.0) for i in range(33)))


class Line(Client):
    """A client that keeps what it is to say, in place of a broker."""

    def __init__(self) -> None:
        super().__init__(Settings("127.0.0.1", 1, "tested"), TOPICS)
        self.states: list[dict[str, Any]] = []
        self.events: list[Callable[[], Message]] = []

    def retain(self, message: Message) -> None:
        assert message.topic == TOPICS.state
        self.states.append(json.loads(message.payload))

    def post(self, make: Callable[[], Message]) -> None:
        self.events.append(make)


class Room:
    """A scene, a vision process that is not started, and the news of them, at a made-up time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_ns = clock.boottime_ns()
        self.wall_us = 1_795_340_000_000_000
        monkeypatch.setattr(news, "boottime_ns", lambda: self.now_ns)
        offset_ns = self.now_ns
        monkeypatch.setattr(news, "unix_us", lambda ns: self.wall_us + (ns - offset_ns) // 1000)
        self.line = Line()
        self.scene = Scene(View(), Rules(0.5, 2.0, 0.5))
        self.vision = Vision(Counters(), lambda _observation: "published", lambda: None)
        self.news = News(self.scene, self.vision, self.line, lambda: 41)

    def look(self, *people: Person, seconds: float = 0.0) -> None:
        """See these people from frame to frame for so long, at 10 frames a second."""
        self.vision.camera = "ok"
        for _ in range(1 + round(seconds * 10)):
            self.now_ns += S // 10
            seen = Observation(0, self.now_ns, self.now_ns, (640, 480), people)
            self.scene.observe(seen, self.now_ns)
            self.news.tell()

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(make().payload) for make in self.line.events]


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


def known(state: dict[str, Any]) -> tuple[Any, Any, Any]:
    return state["presence"], state["count"], state["people"]


def test_before_the_first_frame_nothing_is_known(room: Room) -> None:
    room.news.tell()
    state = room.line.states[-1]
    assert known(state) == (None, None, None)
    assert (state["camera"], state["paused"], state["zones"], state["v"]) == (None, False, {}, 1)


def test_an_empty_room_is_known_when_it_was_looked_at_for_a_while(room: Room) -> None:
    room.look()
    assert known(room.line.states[-1]) == (None, None, None)
    room.look(seconds=1)
    assert known(room.line.states[-1]) == (False, 0, [])
    assert room.events() == []


def test_somebody_comes_and_goes(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    state = room.line.states[-1]
    assert known(state)[:2] == (True, 1)
    (person,) = state["people"]
    room.look(seconds=3)
    assert known(room.line.states[-1]) == (False, 0, [])
    came, went = room.events()
    assert (came["event_type"], went["event_type"]) == ("entered", "left")
    assert came["id"] == went["id"] == person["id"] > 0
    assert came["time"] == person["since"]
    assert came["seq"] == 41
    assert came["reasons"].keys() == {"visible_s", "confidence"}
    assert went["reasons"].keys() == {"unseen_s"}
    assert came["reasons"]["visible_s"] >= 0.5
    assert went["reasons"]["unseen_s"] >= 2.0


def test_only_a_change_is_told_and_now_and_then_the_same(room: Room) -> None:
    room.look(SOMEBODY, seconds=3)
    assert [state["presence"] for state in room.line.states] == [None, True]
    room.news.tell(again=True)
    before, after = room.line.states[-2:]
    assert before.pop("time") < after.pop("time")
    assert before == after


def test_since_does_not_tremble_with_the_wall_clock_but_is_set_with_it(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    (before,) = room.line.states[-1]["people"]
    room.wall_us += 900_000
    room.look(SOMEBODY)
    assert len(room.line.states) == 2
    room.wall_us += 3600 * 1_000_000
    room.look(SOMEBODY)
    (after,) = room.line.states[-1]["people"]
    assert after["since"] > before["since"]
    assert after["id"] == before["id"]


def test_a_pause_makes_all_unknown_and_everybody_comes_again(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    room.vision.pause()
    room.news.tell()
    state = room.line.states[-1]
    assert known(state) == (None, None, None)
    assert state["paused"]
    room.vision.resume()
    room.look(SOMEBODY, seconds=1)
    assert known(room.line.states[-1])[:2] == (True, 1)
    assert [each["event_type"] for each in room.events()] == ["entered", "entered"]


def test_the_last_word_claims_nobody(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    room.news.end()
    assert known(room.line.states[-1]) == (None, None, None)
    assert room.line.states[-1]["camera"] is None


@pytest.mark.parametrize("camera", ["missing", "stalled", "dark", "covered", "frozen", None])
def test_without_pictures_nothing_is_known_and_nobody_has_left(room: Room, camera: Any) -> None:
    room.look(SOMEBODY, seconds=1)
    (person,) = room.line.states[-1]["people"]
    room.vision.camera = camera
    room.now_ns += S
    room.news.tell()
    assert known(room.line.states[-1]) == (None, None, None)
    assert room.line.states[-1]["camera"] == camera
    room.look(SOMEBODY, seconds=1)
    assert room.line.states[-1]["people"] == [person]
    assert len(room.events()) == 1


def test_under_another_name_all_is_told_again(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    told = len(room.line.states)
    room.line.moves += 1
    room.news.tell()
    assert len(room.line.states) == told + 1


def test_what_is_sent_late_says_so(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    assert [each["late"] for each in room.events()] == [False]
    room.now_ns += 6 * S
    (event,) = room.events()
    assert event["late"]
    assert event["time"] == room.line.states[-1]["people"][0]["since"]


def test_a_clock_that_is_not_set_is_told(room: Room) -> None:
    room.look(SOMEBODY, seconds=1)
    assert "clock" not in room.line.states[-1]
    assert "clock" not in room.events()[0]
    room.wall_us = 1_000_000
    room.look(seconds=4)
    assert room.line.states[-1]["clock"] == "unset"
    assert room.events()[-1]["clock"] == "unset"
