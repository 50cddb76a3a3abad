"""The words for every state there is, as the page's own script makes them."""

import re
from typing import Any, get_args

import pytest

from edgepose.messages.report import COUNTED
from edgepose.messages.state import Camera
from tests.harness.browser import Tab
from tests.live.page.house import House

pytestmark = [pytest.mark.slow]

OPEN = {"state": "open", "wait_s": 0}
LOST: dict[str, Any] = {
    "state": "lost",
    "wait_s": 2.5,
    "lost_s": 4,
    "closed": "",
    "refused": "",
    "answered": False,
}
SEEN: dict[str, Any] = {"people": [{"id": 1}]}
USUAL: dict[str, Any] = {
    "link": OPEN,
    "state": {"paused": False, "camera": "ok", "count": 2},
    "health": {"status": "ok", "why": []},
    "pose": SEEN,
    "pose_age_s": 0,
}


@pytest.fixture(scope="module")
def words(house: House) -> Tab:
    """A window in which the script is loaded."""
    tab = house.enter()
    tab.evaluate("window.words = await import('/words.js')")
    return tab


def test_every_counter_has_words(words: Tab) -> None:
    named = words.evaluate("return window.words.BOOKS.map(([name]) => name)")
    # Two are sums, and one stands beside them.
    assert {*named, "captured", "observed", "missed"} == {*COUNTED}


def test_every_state_of_the_camera_has_words(words: Tab) -> None:
    told = {
        camera: words.evaluate(
            "return window.words.instead(args)",
            link=OPEN,
            state={"paused": False, "camera": camera},
            health={"status": "ok", "why": []},
            pose=SEEN,
            pose_age_s=0,
        )
        for camera in get_args(Camera)
    }
    assert told.pop("ok") is None
    assert all(title and "undefined" not in title for title, _ in told.values())
    assert not any(title == f"Camera {camera}" for camera, (title, _) in told.items())
    assert len({title for title, _ in told.values()}) == len(told)


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ({"link": {"state": "connecting", "wait_s": 0}}, "Connecting"),
        ({"link": LOST}, "Connection lost"),
        ({"link": {**LOST, "refused": "No."}}, "Not let in"),
        ({"link": {**LOST, "closed": "It was switched off"}}, "It was switched off"),
        ({"link": {**LOST, "closed": "It was switched off", "refused": "No."}}, "Not let in"),
        ({"link": {"state": "asleep", "wait_s": 0}}, "Not connected"),
        ({"pose": None, "health": {"status": "starting", "why": []}}, "Starting"),
        ({"pose": None, "health": {"status": "degraded", "why": ["x"]}}, "No picture yet"),
        ({"pose": {"people": []}}, "Nobody in view"),
        ({"pose_age_s": 7}, "No pose for 7 s"),
        ({"state": {"paused": True, "camera": "off"}}, "Paused"),
    ],
)
def test_what_stands_in_the_picture_s_place(words: Tab, given: dict[str, Any], title: str) -> None:
    told = words.evaluate("return window.words.instead(args)", **{**USUAL, **given})
    assert told[0] == title


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        ({}, "2 people are there"),
        ({"state": {"paused": False, "camera": "ok", "count": 0}}, "Nobody is there"),
        ({"pose": {"people": []}, "pose_age_s": 12}, "2 people are there"),
        # What was so once is not said to be so still.
        ({"pose_age_s": 7}, "No poses come"),
        ({"pose": {"people": []}, "pose_age_s": 17}, "No poses come"),
        ({"link": LOST}, "Connection lost"),
        ({"state": {"paused": True, "camera": "off", "count": None}}, "Paused"),
        ({"state": {"paused": False, "camera": None, "count": None}}, "Starting"),
    ],
)
def test_what_is_said_in_one_sentence(words: Tab, given: dict[str, Any], headline: str) -> None:
    told = words.evaluate("return window.words.headline(args)", **{**USUAL, **given})
    assert told == headline


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ({}, r"Trying again in 3 s\."),
        ({"lost_s": 4000}, r"Trying again in 3 s\. Nobody has answered for 66 min\. .*"),
        ({"lost_s": 40, "answered": True}, r"Trying again in 3 s\. The device answers, .* proxy.*"),
        ({"lost_s": 40, "refused": "No."}, r"No\. Trying again in 3 s\."),
    ],
)
def test_what_to_look_at_where_the_connection_does_not_come_back(
    words: Tab, link: dict[str, Any], text: str
) -> None:
    told = words.evaluate("return window.words.instead(args)", **USUAL | {"link": LOST | link})
    assert re.fullmatch(text, told[1])


def test_who_is_cut_off_is_told_so(words: Tab) -> None:
    code = """
        const names = ["nose", "left_wrist", "left_index", "left_ankle", "left_foot_index"];
        return args.ys.map((y) =>
          window.words.inPicture(names.map((_, i) => [0.5, y[i]]), names));
    """
    assert words.evaluate(
        code,
        ys=[
            [0.1, 0.4, 0.5, 0.8, 0.9],
            [-0.1, 0.4, 0.5, 0.8, 0.9],
            [0.1, 0.4, 0.5, 1.1, 1.2],
            [0.1, 0.4, 1.5, 1.1, 1.2],
            [2, 2, 2, 2, 2],
        ],
    ) == [
        "the whole body",
        "without the head",
        "without the feet",
        "without a hand, the feet",
        "nothing of it",
    ]


def test_books_that_do_not_add_up_are_told(words: Tab) -> None:
    code = "return window.words.unexplained(args)"
    books = {
        **dict.fromkeys(COUNTED, 0),
        "captured": 10,
        "paced": 4,
        "observed": 5,
        "in_flight": 1,
        "published": 3,
        "unchanged": 2,
    }
    assert words.evaluate(code, **books) == 0
    assert words.evaluate(code, **{**books, "published": 2}) == 1
    assert words.evaluate(code, **{**books, "captured": 12}) == 2
