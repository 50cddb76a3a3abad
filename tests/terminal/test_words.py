"""The words for logs and for the end."""

import json

from edgepose.messages import packed
from edgepose.terminal.fleet import Fleet
from edgepose.terminal.inbox import Inbox
from edgepose.terminal.words import device_line, status_line, summary, watched
from tests.terminal.people import person, pose
from tests.terminal.post import NOTICE, TOPICS, Post, said, state
from tests.terminal.test_report import health, read


def test_before_the_first_pose() -> None:
    inbox = Inbox()
    line = status_line(2.0, inbox.pose, inbox.numbers())
    assert line == "   2 s  no pose yet, device not connected"


def test_one_line_of_now() -> None:
    post = Post()
    post.put(TOPICS.pose_packed, packed.encode(pose(person(), person())))
    post.put(
        TOPICS.health,
        json.dumps(
            {**health(captured=9, busy=2, observed=6, published=6, in_flight=1), "why": ["hot"]}
        ).encode(),
    )
    line = status_line(12.0, post.inbox.pose, post.inbox.numbers())
    assert line.startswith("  12 s ")
    assert "2 people" in line
    assert "captured 9 = published 6 + busy 2 + in flight 1, 0 unexplained  hot" in line
    assert line.isascii()


def test_the_end_has_all_that_was_received_and_what_was_not_sent() -> None:
    post = Post()
    post.put(TOPICS.pose_packed, packed.encode(pose(person())))
    lines = summary(4.0, post.inbox, read(captured=5, busy=2, observed=1, published=1, in_flight=2))
    text = "\n".join(lines)
    assert lines[0] == "5 frames in 4.0 s"
    assert "1 of 1 published poses" in text
    assert "busy 2" in text
    # Nothing can be in flight when all is over.
    assert "unexplained  2" in text
    assert "304 bytes packed, - bytes json" in text


def test_without_a_last_report_nothing_is_made_up() -> None:
    post = Post()
    post.put(TOPICS.pose_packed, packed.encode(pose(person())))
    text = "\n".join(summary(4.0, post.inbox, None))
    assert "1 poses" in text
    assert "published" not in text
    assert "unexplained" not in text


def test_a_line_of_a_fleet_has_nothing_that_changes_from_moment_to_moment() -> None:
    inbox = Inbox()
    assert device_line(inbox.numbers()) == "-  status -  presence -  people -"
    inbox.take(said("availability", "online"))
    inbox.take(said("state", state(True, 2)))
    inbox.take(said("health", {**health(), "status": "degraded", "why": ["hot"]}))
    line = device_line(inbox.numbers())
    assert line == "online  status degraded  presence yes  people 2  hot"


def test_the_end_of_a_fleet_counts_everybody() -> None:
    fleet = Fleet()
    for device in ("a", "b"):
        fleet.take(said("health", {}, device))
    assert watched(2.0, fleet) == ["0 poses from 2 devices in 2.0 s", "unreadable   2"]


def test_an_offline_device_is_offline_and_nothing_else() -> None:
    post = Post()
    post.put(TOPICS.pose_packed, packed.encode(pose(person())))
    for arrival in (said("state", state(True, 1)), said("health", health())):
        post.inbox.take(arrival)
    post.put(TOPICS.availability, b"offline")
    numbers = post.inbox.numbers()
    assert device_line(numbers) == "offline  status -  presence -  people -"
    assert status_line(2.0, post.inbox.pose, numbers) == "   2 s  device offline"


def test_a_picture_that_can_be_had_is_said_so() -> None:
    inbox = Inbox()
    inbox.take(said("notice", NOTICE))
    numbers = inbox.numbers()
    assert device_line(numbers) == "-  status -  presence -  people -  picture shared"
    assert status_line(2.0, None, numbers).endswith("  picture shared: live, snapshot")
