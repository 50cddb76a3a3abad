"""What a subscriber has received."""

import json
from dataclasses import replace

import pytest

from edgepose.messages import json_format, packed
from edgepose.terminal.inbox import Inbox
from edgepose.terminal.notice import Notice
from tests.terminal.people import person, pose
from tests.terminal.post import NOTICE, TOPICS, Post, now_us, state
from tests.terminal.test_report import health


def filled(*seqs: int) -> Post:
    post = Post()
    for seq in seqs:
        shown = replace(pose(person()), seq=seq, unix_us=now_us() - 40_000, first=seq == 0)
        post.put(TOPICS.pose_packed, packed.encode(shown))
    return post


def test_an_empty_inbox_knows_nothing() -> None:
    inbox = Inbox()
    numbers = inbox.numbers()
    assert inbox.pose is None
    assert (numbers.poses, numbers.rate, numbers.delay_ms, numbers.report) == (0, None, None, None)


def test_the_newest_pose_and_the_numbers() -> None:
    post = filled(0, 1, 2)
    post.put(TOPICS.pose, b"x" * 1150)
    post.put(TOPICS.availability, b"online")
    inbox = post.inbox
    numbers = inbox.numbers()
    assert inbox.pose is not None
    assert inbox.pose.seq == 2
    assert numbers.poses == 3
    assert numbers.rate is not None
    assert numbers.delay_ms is not None
    assert numbers.delay_ms >= 40
    assert inbox.overall_delay_ms() == numbers.delay_ms
    assert (numbers.packed_bytes, numbers.json_bytes) == (304, 1150)
    assert numbers.availability == "online"


def test_what_got_lost_on_the_way_is_counted() -> None:
    assert filled(5, 6, 9, 10).inbox.numbers().missing == 2
    assert filled(2**32 - 1, 0).inbox.numbers().missing == 0


def test_a_daemon_that_starts_anew_has_lost_nothing() -> None:
    assert filled(41, 0, 1).inbox.numbers().missing == 0
    # Its very first pose may be the one that is lost.
    assert filled(41, 1, 2).inbox.numbers().missing == 0


def test_what_cannot_be_read_is_counted_and_the_rest_goes_on() -> None:
    post = filled(0)
    wrong = [
        (TOPICS.pose_packed, b"\xe9"),
        (TOPICS.health, b"{"),
        (TOPICS.health, b'{"v":1}'),
        (TOPICS.health, b"[" * 99999),
        (TOPICS.health, b'{"counters":' + b"9" * 5000 + b"}"),
        (TOPICS.health, b" " * 99999),
        (TOPICS.state, b'{"presence":true,"count":1e999,"paused":false}'),
        (TOPICS.event, b'{"event_type":7}'),
    ]
    for topic, payload in wrong:
        post.put(topic, payload)
    assert post.inbox.numbers().unreadable == len(wrong)
    assert post.inbox.numbers().poses == 1


def test_a_topic_that_nobody_asked_for_is_ignored() -> None:
    post = filled(0)
    for topic in (
        "edgepose/tested/other",
        "edgepose/x/y/pose",
        "elsewhere/tested/pose",
        "edgepose",
    ):
        assert post.put(topic, b"") is None
    assert (post.inbox.numbers().poses, post.inbox.numbers().unreadable) == (1, 0)


def test_offline_is_waited_for() -> None:
    post = filled(0)
    post.inbox.wait_offline(60)
    post.put(TOPICS.availability, b"online")
    post.put(TOPICS.availability, b"offline")
    post.inbox.wait_offline(60)


@pytest.mark.parametrize("formats", [("json",), ("packed",), ("json", "packed")])
def test_a_pose_counts_once_whatever_formats_it_comes_in(formats: tuple[str, ...]) -> None:
    post = Post()
    for seq in range(5):
        shown = replace(pose(person()), seq=seq, unix_us=now_us())
        if "json" in formats:
            post.put(TOPICS.pose, json_format.encode(shown))
        if "packed" in formats:
            post.put(TOPICS.pose_packed, packed.encode(shown))
    numbers = post.inbox.numbers()
    assert (numbers.poses, numbers.missing, numbers.unreadable) == (5, 0, 0)
    assert (numbers.json_bytes is not None, numbers.packed_bytes is not None) == (
        "json" in formats,
        "packed" in formats,
    )


def test_a_device_that_stops_one_format_is_read_in_the_other() -> None:
    post, began = Post(), now_us()
    for seq in range(10):
        shown = replace(pose(person()), seq=seq)
        arrivals = [(TOPICS.pose, json_format.encode(shown))]
        if seq < 3:
            arrivals.append((TOPICS.pose_packed, packed.encode(shown)))
        for topic, payload in arrivals:
            arrival = post.sorter.sort(topic, payload, began + seq * 1_000_000)
            assert arrival is not None
            post.inbox.take(arrival)
    # One is taken for the second format of a packed one that never comes.
    assert (post.inbox.numbers().poses, post.inbox.numbers().missing) == (9, 1)


def test_what_the_device_says_of_people_and_that_it_takes_it_back() -> None:
    post = Post()
    post.put(TOPICS.state, json.dumps(state(True, 2)).encode(), retained=True)
    numbers = post.inbox.numbers()
    assert numbers.presence is not None
    assert (numbers.presence.present, numbers.presence.count) == (True, 2)
    # What is retained tells nothing of now.
    assert numbers.heard_s is None
    post.put(TOPICS.event, b'{"event_type":"left","id":7,"reasons":{"unseen_s":30.1}}')
    post.put(TOPICS.state, b"")
    numbers = post.inbox.numbers()
    assert (numbers.event, numbers.presence) == ("7 left: unseen_s 30.1", None)
    assert numbers.heard_s is not None
    assert numbers.unreadable == 0


def test_what_a_device_said_before_it_went_offline_is_not_so_any_more() -> None:
    post = filled(0)
    post.put(TOPICS.state, json.dumps(state(True, 2)).encode(), retained=True)
    post.put(TOPICS.health, json.dumps(health()).encode(), retained=True)
    for said, known in ((b"online", True), (b"offline", False), (b"online", True)):
        post.put(TOPICS.availability, said)
        numbers = post.inbox.numbers()
        told = (numbers.report, numbers.presence, numbers.people)
        assert [each is not None for each in told] == [known] * 3
    # Nor is it known to be so where nobody can hear of it.
    numbers = post.inbox.numbers(connected=False)
    assert (numbers.availability, numbers.report, numbers.presence) == (None,) * 3
    assert (numbers.people, numbers.notice) == (None, None)
    # What the demo says at its end is of a daemon that has ended.
    post.put(TOPICS.availability, b"offline")
    assert post.inbox.report is not None


def test_what_could_not_come_while_nobody_listened_is_not_missing() -> None:
    post = filled(5, 6)
    post.put(TOPICS.availability, b"online")
    post.inbox.begin_anew()
    # A broker may have forgotten what was retained; what it has not comes again.
    assert (post.inbox.numbers().availability, post.inbox.numbers().people) == (None, None)
    for seq in (48, 49, 51):
        post.put(TOPICS.pose_packed, packed.encode(replace(pose(), seq=seq, unix_us=now_us())))
    assert post.inbox.numbers().missing == 1


def test_a_notice_stands_until_it_is_taken_back() -> None:
    post = Post()
    post.put(TOPICS.notice, json.dumps(NOTICE).encode(), retained=True)
    assert post.inbox.numbers().notice == Notice(("live", "snapshot"), 2)
    # Where nobody is, nobody gives pictures.
    post.put(TOPICS.availability, b"offline")
    assert post.inbox.numbers().notice is None
    post.put(TOPICS.availability, b"online")
    assert post.inbox.numbers().notice is not None
    post.put(TOPICS.notice, b"")
    assert post.inbox.numbers().notice is None
    post.put(TOPICS.notice, b'{"camera_picture":[],"snapshots":0}')
    assert (post.inbox.numbers().notice, post.inbox.numbers().unreadable) == (None, 1)
