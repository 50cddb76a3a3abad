"""What comes under a base, sorted by device and kind."""

import pytest

from edgepose.messages import packed
from edgepose.terminal import arrival
from edgepose.terminal.arrival import LARGEST, MOST_DEVICES, Sorter, subscriptions
from edgepose.terminal.fleet import Fleet
from tests.terminal.people import person, pose
from tests.terminal.post import said


@pytest.mark.parametrize("base", ["edgepose", "home/edgepose", "edgepose/edgepose"])
def test_each_topic_of_a_device_is_known_and_no_other(base: str) -> None:
    sorter = Sorter(base)
    bodies = {"pose/packed": packed.encode(pose()), "availability": b"online"}
    for rest in ("pose/packed", "state", "event", "health", "config", "notice", "availability"):
        found = sorter.sort(f"{base}/hall/{rest}", bodies.get(rest, b"{}"), 7)
        assert found is not None
        assert (found.device, found.kind, found.error) == ("hall", rest.partition("/")[0], None)
    for topic in ("x/hall/state", f"{base}/state", f"{base}/a/b/state", f"{base}//state", base):
        assert sorter.sort(topic, b"{}", 7) is None


def test_where_one_is_named_the_others_are_left_out() -> None:
    sorter = Sorter("edgepose", "hall")
    assert sorter.sort("edgepose/kitchen/state", b"{}", 7) is None
    assert sorter.sort("edgepose/hall/state", b"{}", 7) is not None


def test_what_is_asked_for_is_what_can_be_read() -> None:
    topics = [topic for topic, _ in subscriptions("edgepose", "hall")]
    assert len(topics) == 8
    assert all(Sorter("edgepose").sort(topic, b"{}", 7) for topic in topics)
    assert subscriptions("a/b", None, ["event"]) == [("a/b/+/event", 1)]


def test_more_devices_than_memory_is_for_are_left_out_and_it_is_known() -> None:
    sorter, fleet = Sorter("edgepose"), Fleet()
    for number in range(MOST_DEVICES + 5):
        found = sorter.sort(f"edgepose/d{number}/state", b"{}", 7)
        assert (found is None) == (number >= MOST_DEVICES)
        fleet.take(said("availability", "online", f"d{number}"))
    assert sorter.crowded
    assert len(fleet.devices()) == MOST_DEVICES
    # One that has left makes room.
    gone = sorter.sort("edgepose/d3/availability", b"", 7)
    assert gone is not None
    fleet.take(gone)
    assert "d3" not in fleet.devices()
    assert sorter.sort("edgepose/late/state", b"{}", 7) is not None
    assert sorter.sort(f"edgepose/{'x' * 999}/state", b"{}", 7) is None


def test_the_one_that_is_named_stays_though_it_has_left() -> None:
    fleet = Fleet(device="hall")
    fleet.take(said("availability", "online", "hall"))
    fleet.take(said("availability", "", "hall"))
    assert fleet.devices()["hall"].numbers().availability is None


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"x" * (LARGEST + 1), f"{LARGEST + 1} bytes"),
        (b"[]", "not a JSON object"),
        (b'{"a":NaN}', "NaN is not a number"),
        (b'{"a":1e999}', "too large"),
        (b'{"a":' + b"1" * 21 + b"}", "a number of 21 digits"),
        (b'{"a":' * 5000, "not JSON"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_cannot_be_read_says_why(payload: bytes, words: str) -> None:
    found = Sorter("edgepose").sort("edgepose/hall/health", payload, 7)
    assert found is not None
    assert found.content is None
    assert found.error is not None
    assert words in found.error


def test_a_packed_pose_that_is_damaged_says_why() -> None:
    found = arrival.read(
        arrival.Arrival("hall", "pose", packed.encode(pose(person()))[:-1], 7, packed=True)
    )
    assert found.error == "303 bytes, 1 people take 304"
