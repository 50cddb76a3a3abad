"""What a subscriber has received."""

import time
from dataclasses import replace

from edgepose.messages import packed
from edgepose.mqtt.topics import Topics
from edgepose.terminal.inbox import Inbox
from tests.terminal.people import person, pose

TOPICS = Topics("edgepose", "tested")


def filled(*seqs: int) -> Inbox:
    inbox = Inbox(TOPICS)
    for seq in seqs:
        now_us = time.time_ns() // 1000
        shown = replace(pose(person()), seq=seq, unix_us=now_us - 40_000, first=seq == 0)
        inbox.take(TOPICS.pose_packed, packed.encode(shown))
    return inbox


def test_an_empty_inbox_knows_nothing() -> None:
    inbox = Inbox(TOPICS)
    numbers = inbox.numbers()
    assert inbox.pose is None
    assert (numbers.poses, numbers.rate, numbers.delay_ms, numbers.report) == (0, None, None, None)


def test_the_newest_pose_and_the_numbers() -> None:
    inbox = filled(0, 1, 2)
    inbox.take(TOPICS.pose, b"x" * 1150)
    inbox.take(TOPICS.availability, b"online")
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
    assert filled(5, 6, 9, 10).numbers().missing == 2
    assert filled(2**32 - 1, 0).numbers().missing == 0


def test_a_daemon_that_starts_anew_has_lost_nothing() -> None:
    assert filled(41, 0, 1).numbers().missing == 0


def test_what_cannot_be_read_is_counted_and_the_rest_goes_on() -> None:
    inbox = filled(0)
    inbox.take(TOPICS.pose_packed, b"\xe9")
    inbox.take(TOPICS.health, b"{")
    inbox.take(TOPICS.health, b'{"v":1}')
    inbox.take(TOPICS.availability, b"\xff")
    assert inbox.numbers().unreadable == 4
    assert inbox.numbers().poses == 1


def test_a_topic_that_nobody_asked_for_is_ignored() -> None:
    inbox = filled(0)
    inbox.take("edgepose/another/pose/packed", b"")
    assert (inbox.numbers().poses, inbox.numbers().unreadable) == (1, 0)


def test_offline_is_waited_for() -> None:
    inbox = filled(0)
    inbox.wait_offline(60)
    inbox.take(TOPICS.availability, b"online")
    inbox.take(TOPICS.availability, b"offline")
    inbox.wait_offline(60)
