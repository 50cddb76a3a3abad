"""The Node-RED flow of config/recipes, as it is, in a Node-RED: fed by hand and by the daemon.

One Node-RED runs for all of these tests; each has devices of its own.
"""

import json
import re
import shutil
from collections.abc import Iterator
from math import hypot
from pathlib import Path
from typing import Any

import pytest

from edgepose.messages import SetName, json_format, packed
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon
from tests.harness.node import Node
from tests.harness.node_red import NodeRed, with_broker
from tests.harness.site import SMALL
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.messages.poses import a_pose, seen
from tests.recipes.house import NOSE, RECIPES, House, event, pose, state

pytestmark = pytest.mark.slow
FLOW: list[dict[str, Any]] = json.loads((RECIPES / "node-red.json").read_text())


def settings_line() -> str:
    """The line for settings.js, as the flow's own comment tells it."""
    told = [each["info"] for each in FLOW if each["type"] == "comment"]
    (line,) = re.findall(r"functionGlobalContext:.*", "\n".join(told))
    return str(line)


def enabled(flow: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The flow with all of its tabs enabled."""
    return [{**each, "disabled": False} if each["type"] == "tab" else each for each in flow]


@pytest.fixture(scope="module")
def house(node: Node, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, home = tmp_path_factory.mktemp("house"), tmp_path_factory.mktemp("node-red")
    shutil.copy(RECIPES.parent / "edgepose-messages.js", home)
    with Broker(folder) as broker, Subscriber(broker.port, "#", lawless=True) as stranger:
        flow = enabled(with_broker(FLOW, broker.port))
        with NodeRed(node, packages, home, flow, settings_line()) as red:
            red.wait_connected()
            house = House(broker, red, stranger)
            house.say("first", "availability", b"online", retain=True)
            house.wait_subscribed("presence", "state", [state(True)])
            house.wait_subscribed("entered", "event", [event("entered", 1)])
            down_up = [json_format.encode(each) for each in (pose(), pose("left"))]
            house.wait_subscribed("hand_raised", "pose", down_up)
            house.wait_subscribed("noses", "pose/packed", [packed.encode(pose())])
            yield house
    assert "[error]" not in red.log, red.log


def test_presence_is_said_once_for_each_change(house: House) -> None:
    for presence in (False, False, True, True, False):
        house.say("presence", "state", state(presence), retain=True)
        house.say("presence", "availability", b"online", retain=True)
    house.wait_made("presence", "presence", [False, True, False])


def test_presence_is_not_known_without_camera_or_device(house: House) -> None:
    house.say("gone", "state", state(True), retain=True)
    house.say("gone", "availability", b"online", retain=True)
    house.say("gone", "state", state(None), retain=True)
    house.say("gone", "state", state(True), retain=True)
    house.say("gone", "availability", b"offline", retain=True)
    house.say("gone", "availability", b"online", retain=True)
    house.wait_made("gone", "presence", [True, None, True, None, True])


@pytest.mark.parametrize("first", ["state", "availability"])
def test_a_device_with_another_name_is_not_known_under_the_old_one(
    house: House, first: str
) -> None:
    device = f"renamed-{first}"
    house.say(device, "state", state(True), retain=True)
    house.say(device, "availability", b"online", retain=True)
    for topic in (first, "state", "availability"):
        house.say(device, topic, b"", retain=True)
    house.wait_made(device, "presence", [True, None])
    house.say(device, "state", state(False), retain=True)
    house.say(device, "availability", b"online", retain=True)
    house.wait_made(device, "presence", [True, None, False])


def test_what_is_old_is_no_event(house: House) -> None:
    house.say("events", "event", event("entered", 5, late=True))
    house.say("events", "event", event("entered", 6))
    house.say("events", "event", event("left", 5, late=True))
    house.say("events", "event", event("left", 6))
    house.wait_made("events", "left", [6])
    assert house.made("events", "entered") == [6]


@pytest.mark.parametrize("name", ["blazepose33", "coco17"])
@pytest.mark.parametrize("hand", ["left", "right"])
def test_a_raised_hand_is_said_once(house: House, name: SetName, hand: str) -> None:
    device = f"{hand}-{name}"
    # It only seems to be up and comes down; then it is up, comes to between nose and shoulder, goes
    # up again, and only then hangs down.
    for each in (
        pose(hand, name=name, at_s=0, visibility=0.3),
        pose(name=name, at_s=3),
        pose(hand, name=name, at_s=6),
        pose(hand, name=name, at_s=9, height=-0.01),
        pose(hand, name=name, at_s=12),
        pose(name=name, at_s=15),
    ):
        house.pose(device, each)
    house.wait_poses(device)
    assert house.made(device, "hand_raised") == [{"id": 17, "hand": hand}]
    house.pose(device, pose(hand, name=name, at_s=18))
    house.wait_made(device, "hand_raised", [{"id": 17, "hand": hand}] * 2)


def test_hands_that_are_raised_again_and_again(house: House) -> None:
    for half in range(9):
        raised = [] if half % 2 else ["left"]
        house.pose("fast", pose(*raised, at_s=half / 2))
    # A clock that was set meanwhile silences nobody.
    house.pose("fast", pose(at_s=-1000))
    house.pose("fast", pose("right", at_s=-1000))
    left, right = ({"id": 17, "hand": hand} for hand in ("left", "right"))
    house.wait_made("fast", "hand_raised", [left, left, left, right])


def test_a_hand_that_is_no_more_in_view_is_forgotten(house: House) -> None:
    house.pose("away", pose("left"))
    house.pose("away", a_pose())
    house.pose("away", pose("left", at_s=10))
    house.wait_made("away", "hand_raised", [{"id": 17, "hand": "left"}] * 2)


def test_packed_landmarks_with_the_decoder_file(house: House) -> None:
    person = seen("standing")
    house.say("packed", "pose/packed", packed.encode(a_pose(person)))
    house.wait_some("packed", "noses")
    (noses,) = house.made("packed", "noses")
    nose = person.landmarks[NOSE]
    assert [each["id"] for each in noses] == [17]
    assert noses[0]["x"] == pytest.approx(nose.x, abs=1e-4)
    assert noses[0]["y"] == pytest.approx(nose.y, abs=1e-4)


def test_what_anybody_writes_there_is_left_out(house: House) -> None:
    null_mark = json_format.encode(pose("left")).replace(b"[[", b"[null,[", 1)
    bad = [
        b"{}",
        b"text",
        b"null",
        b"7",
        b'""',
        b"[null]",
        b'{"people":[]}',
        b"{",
        b"\xff",
        null_mark,
    ]
    wrong: list[Any] = [[None], [{}], [{"landmarks": [None]}], [{"landmarks": [[]]}], 7]
    for people in wrong:
        bad.append(json.dumps({"set": "coco17", "people": people}).encode())
    for payload in bad:
        for topic in ("pose", "state", "event", "pose/packed"):
            house.say("wrong", topic, payload)
    house.say("wrong", "state", state(True))
    house.say("wrong", "availability", b"online")
    house.say("wrong", "event", event("entered", 8))
    house.pose("wrong", pose("left"))
    house.wait_made("wrong", "presence", [True])
    house.wait_made("wrong", "entered", [8])
    house.wait_made("wrong", "hand_raised", [{"id": 17, "hand": "left"}])
    for told in ("pose", "state"):
        assert f"edgepose/wrong/{told}: not a {told} message" in house.red.log
    assert "[error]" not in house.red.log


@pytest.mark.usefixtures("model_full")
def test_the_daemon_feeds_the_flow(house: House, tmp_path: Path) -> None:
    """The drawn person does not lift the hand above the nose: that is tested by hand."""
    with Daemon(tmp_path, house.broker.port, SMALL) as daemon:
        house.wait_some(DEVICE, "entered")
        wait_for(lambda: any(house.made(DEVICE, "noses")), 10, "noses")
        wait_for(lambda: house.made(DEVICE, "presence")[-1:] == [True], 10, "presence")
        daemon.stop()
    wait_for(lambda: house.made(DEVICE, "presence")[-1] is None, 10, "presence is not known")
    (who,) = house.made(DEVICE, "entered")
    (nose,) = next(filter(None, house.made(DEVICE, "noses")))
    assert nose["id"] == who
    heard = [json_format.decode(m.payload) for m in house.stranger.on(f"edgepose/{DEVICE}/pose")]
    there = [each.landmarks[NOSE] for pose in heard for each in pose.people if each.id == who]
    assert min(hypot(x - nose["x"], y - nose["y"]) for x, y, *_ in there) < 2e-4
