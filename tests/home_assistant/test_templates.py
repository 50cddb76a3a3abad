"""What Home Assistant's templates make of the real messages."""

import json
import logging
from typing import Any, get_args

import pytest

from edgepose.home_assistant.components import CAMERA_FINE, CAMERA_PROBLEMS, LOST
from edgepose.messages.report import Memory, Rate, Restarts
from edgepose.messages.state import Camera
from edgepose.service.counters import Counters
from tests.home_assistant.house import UNKNOWN, attributes, render, shown
from tests.home_assistant.made import COUNTERS, entered, health, left, message, state

COMPONENTS = message()["components"]


@pytest.fixture(autouse=True)
def nothing_is_logged(caplog: pytest.LogCaptureFixture) -> Any:
    """A template that asks for what is not there leaves a line in Home Assistant's log."""
    with caplog.at_level(logging.INFO):
        yield
    assert caplog.messages == []


def show(key: str, said: dict[str, Any]) -> str | None:
    return shown(COMPONENTS[key], {"state": said, "health": said, "event": said})


def is_on(key: str, said: dict[str, Any]) -> bool | None:
    """The state of a binary sensor or a switch: None is unknown; it must be one of the three."""
    component = COMPONENTS[key]
    on = component.get("state_on", component["payload_on"])
    off = component.get("state_off", component["payload_off"])
    rendered = show(key, said)
    assert rendered in (on, off, UNKNOWN)
    return None if rendered == UNKNOWN else rendered == on


@pytest.mark.parametrize(("count", "on"), [(0, False), (1, True), (3, True), (None, None)])
def test_presence(count: int | None, on: bool | None) -> None:
    assert is_on("presence", state(count)) is on


@pytest.mark.parametrize(("count", "people"), [(0, "0"), (1, "1"), (3, "3"), (None, UNKNOWN)])
def test_people(count: int | None, people: str) -> None:
    assert show("people", state(count)) == people


@pytest.mark.parametrize("camera", CAMERA_PROBLEMS)
def test_a_camera_that_gives_no_pictures_is_a_problem(camera: Camera) -> None:
    assert is_on("camera_problem", state(None, camera)) is True


@pytest.mark.parametrize("camera", CAMERA_FINE)
def test_a_camera_that_is_dark_or_off_is_none(camera: Camera) -> None:
    assert is_on("camera_problem", state(None, camera)) is False


def test_a_camera_that_nobody_knows_of_is_unknown() -> None:
    assert is_on("camera_problem", state(None, None)) is None
    assert is_on("camera_problem", state() | {"camera": "a later version's word"}) is None


def test_every_word_for_a_camera_is_a_problem_or_not() -> None:
    assert sorted(CAMERA_PROBLEMS + CAMERA_FINE) == sorted(get_args(Camera))


def test_the_camera_problem_says_how_the_camera_is() -> None:
    said = {"state": state(None, "covered")}
    assert attributes(COMPONENTS["camera_problem"], said) == {"camera": "covered"}


def test_whether_the_cameras_picture_is_shared() -> None:
    assert is_on("camera_picture", health()) is False
    said = health(camera_picture=("live",))
    assert is_on("camera_picture", said) is True
    assert attributes(COMPONENTS["camera_picture"], {"health": said}) == {"by": ["live"]}
    # An older edgepose says nothing of it.
    older = {name: value for name, value in health().items() if name != "camera_picture"}
    assert is_on("camera_picture", older) is None


def test_detection_is_on_unless_paused() -> None:
    assert is_on("detection", state()) is True
    assert is_on("detection", state(None, "off", paused=True)) is False


@pytest.mark.parametrize("status", COMPONENTS["status"]["options"])
def test_status_is_one_of_its_options(status: str) -> None:
    assert show("status", health(status=status)) == status


def test_status_says_why() -> None:
    said = {"health": health(status="degraded", why=("camera stalled",))}
    assert attributes(COMPONENTS["status"], said) == {"why": ["camera stalled"]}


def test_somebody_who_comes_is_an_event() -> None:
    event = json.loads(show("activity", entered()) or "")
    assert event.pop("event_type") in COMPONENTS["activity"]["event_types"]
    assert event == {"id": 17, "visible_s": 0.6, "confidence": 0.97}


def test_somebody_who_goes_is_an_event() -> None:
    event = json.loads(show("activity", left()) or "")
    assert event.pop("event_type") in COMPONENTS["activity"]["event_types"]
    assert event == {"id": 17, "unseen_s": 30.1}


def test_what_comes_late_is_no_event() -> None:
    # Home Assistant leaves out what renders to nothing.
    assert show("activity", entered(late=True)) == ""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("camera_rate", "30"),
        ("pose_rate", "15"),
        ("delay", "40"),
        ("lost_frames", str(1 + 2 + 3 + 4 + 7 + 60 + 500)),
        ("temperature", "60"),
        ("memory_daemon", "60"),
        ("memory_vision", "230"),
        ("vision_restarts", "2"),
        ("version", "0.1.0"),
    ],
)
def test_a_diagnostic(key: str, expected: str) -> None:
    assert show(key, health()) == expected


@pytest.mark.parametrize(
    ("key", "unknown"),
    [
        ("camera_rate", {"rate": Rate()}),
        ("pose_rate", {"rate": Rate()}),
        ("delay", {"latency_ms": None}),
        ("lost_frames", {"counters": {n: c for n, c in COUNTERS.items() if n != "stale"}}),
        ("temperature", {"temperature_c": None}),
        ("memory_daemon", {"memory_mb": Memory(None, 231)}),
        ("memory_vision", {"memory_mb": Memory(58, None)}),
    ],
)
def test_what_is_not_known_is_unknown(key: str, unknown: dict[str, Any]) -> None:
    assert show(key, health(**unknown)) == UNKNOWN


@pytest.mark.parametrize("key", [k for k, c in COMPONENTS.items() if "state_topic" in c])
def test_a_key_that_is_missing_is_unknown(key: str) -> None:
    # An empty text would be the state of a plain sensor, and is no option of an enum.
    containers = ["rate", "latency_ms", "counters", "restarts", "memory_mb", "versions", "reasons"]
    rendered = show(key, {"late": True} | {container: {} for container in containers})
    assert rendered == ("" if key == "activity" else UNKNOWN)


def test_lost_frames_are_counters_that_the_daemon_keeps() -> None:
    assert set(LOST) <= set(Counters().snapshot())
    assert set(COUNTERS) <= set(Counters().snapshot())


def test_nothing_changes_while_the_device_is_idle() -> None:
    """Two reports of an empty room, half an hour apart; every entity enabled."""
    before = health()
    more = {
        "captured": 54_000,
        "paced": 500,
        "busy": 27_000,
        "observed": 26_500,
        "unchanged": 26_500,
    }
    counters = {name: count + more.get(name, 0) for name, count in COUNTERS.items()}
    after = health(
        time="2026-11-22T09:10:03.400Z",
        counters=counters,
        rate=Rate(29.9, 15.2),
        latency_ms={"p50": 43.9, "p99": 120.5},
        last_frame_s=0.01,
        temperature_c=58.4,
        memory_mb=Memory(57, 233),
        restarts=Restarts(2, "camera stalled"),
    )
    assert before != after
    for key, component in COMPONENTS.items():
        said = [{"health": each, "state": state(0), "event": left()} for each in (before, after)]
        assert shown(component, said[0]) == shown(component, said[1]), key
        assert attributes(component, said[0]) == attributes(component, said[1]), key


def test_the_templates_are_rendered_as_home_assistant_does() -> None:
    assert render("{{ value_json.a }}", {"a": None}) == UNKNOWN
    assert render(" {{ value_json.a }}\n", {"a": True}) == "True"
