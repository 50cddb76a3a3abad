"""The whole program, as a user starts it and a stranger sees it."""

import signal
from pathlib import Path

import cv2
import pytest

from edgepose.vision.sources.actor import pose_at
from tests.harness.books import FATES, LOST, unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import AT_30, DEVICE, MEDIAPIPE, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
SIZE = (640, 480)


def _frames(film: Path) -> int:
    """How many frames OpenCV finds in a film."""
    reader = cv2.VideoCapture(str(film))
    count = 0
    while reader.grab():
        count += 1
    reader.release()
    return count


def test_every_frame_is_received_or_counted(tmp_path: Path, broker: Broker) -> None:
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, {**MEDIAPIPE, **AT_30}) as daemon,
    ):
        stranger.wait_poses(60, 60)
        code = daemon.stop(20)
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        counters = stranger.healths()[-1]["counters"]
        poses, packed = stranger.poses(), stranger.packed()
    assert code == 0
    assert counters["in_flight"] == 0
    assert unexplained(counters) == (0, 0)
    # The stranger counts for himself: frames are numbered from 0 without gaps, so what he did
    # not get must be exactly what the books say was not published.
    frames = [pose.frame for pose in poses]
    assert frames == sorted(set(frames))
    assert frames[-1] < counters["captured"]
    dropped = sum(counters[name] for name in (*LOST, *FATES) if name != "published")
    assert counters["captured"] - len(frames) == dropped
    assert [pose.seq for pose in poses] == list(range(len(poses)))
    assert [(p.seq, p.frame, p.unix_us) for p in packed] == [
        (p.seq, p.frame, p.unix_us) for p in poses
    ]
    assert [p.first for p in packed] == [True] + [False] * (len(packed) - 1)


@pytest.mark.slow
def test_the_stranger_sees_the_actor_where_he_stands(tmp_path: Path, broker: Broker) -> None:
    camera = {"scene": "waving", "size": list(SIZE), "rate": 30}
    config = {**MEDIAPIPE, "camera": camera}
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config):
        poses = stranger.wait_poses(90)
    errors = []
    for pose in poses[10:]:
        (truth,) = pose_at("waving", pose.frame / 30, SIZE)
        (person,) = pose.people
        pixels = [(row[0] * SIZE[0], row[1] * SIZE[1]) for row in truth]
        height = max(y for _, y in pixels) - min(y for _, y in pixels)
        for i in range(11, 33):
            if truth[i][2]:
                x, y = person.landmarks[i].x * SIZE[0], person.landmarks[i].y * SIZE[1]
                off = ((x - pixels[i][0]) ** 2 + (y - pixels[i][1]) ** 2) ** 0.5
                errors.append(off / height)
    mean = sum(errors) / len(errors)
    print(f"waving, through the whole program: mean error {100 * mean:.2f} % of the height")
    assert mean < 0.06


def test_a_late_subscriber_finds_offline_and_the_last_health(
    tmp_path: Path, broker: Broker
) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        assert daemon.stop() == 0
    with Subscriber(broker.port) as late:
        wait_for(lambda: late.healths() and late.availability(), 5, "retained messages")
        assert late.availability() == ["offline"]
        assert late.healths()[0]["counters"]["in_flight"] == 0
        assert all(m.retain for m in late.messages)
        assert {m.topic for m in late.messages} == {
            f"edgepose/{DEVICE}/availability",
            f"edgepose/{DEVICE}/config",
            f"edgepose/{DEVICE}/health",
            f"edgepose/{DEVICE}/state",
        }


@pytest.mark.slow
def test_kill_9_brings_the_will_and_leaves_no_orphan(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        daemon.process.kill()
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 15, "the will")
        wait_for(lambda: not Path(f"/proc/{vision}").exists(), 5, "the end of the vision process")


def test_ctrl_c_ends_it_as_sigterm_does(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.process.wait(10) == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")


def test_sigterm_before_anything_works(tmp_path: Path, broker: Broker) -> None:
    with Daemon(tmp_path, broker.port, MEDIAPIPE) as daemon:
        daemon.wait_log("MQTT 5 connected")
        assert daemon.stop() == 0


@pytest.mark.slow
def test_a_film_is_seen_whole_and_ends_the_program(
    tmp_path: Path, broker: Broker, media: Path
) -> None:
    config = {
        "camera": {
            "source": "uri",
            "uri": str(media / "street-couple.avi"),
            "loop": False,
            "rate": 0,
        }
    }
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        assert daemon.process.wait(60) == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        counters = stranger.healths()[-1]["counters"]
        poses = stranger.poses()
    assert counters["captured"] == _frames(media / "street-couple.avi")
    assert counters["busy"] == counters["paced"] == counters["in_flight"] == 0
    assert unexplained(counters) == (0, 0)
    seen = sum(bool(pose.people) for pose in poses)
    print(f"street-couple.avi: a person in {seen} of {len(poses)} frames")
    assert poses[0].size == (640, 360)
    # Of those that came: on a busy machine some may be dropped, which is counted above.
    assert len(poses) == counters["published"] > 100
    assert seen >= 0.95 * len(poses)


def test_what_was_asked_for_is_what_is_sent(tmp_path: Path, broker: Broker) -> None:
    config = {
        "camera": {"scene": "standing", "mirror": True, "rotation": 90},
        "messages": {"formats": ["packed"], "landmarks": "coco17", "world": True},
        "mqtt": {"base": "home/sensors", "version": "3.1.1"},
    }
    with (
        Subscriber(broker.port, f"home/sensors/{DEVICE}/#") as stranger,
        Daemon(tmp_path, broker.port, config) as daemon,
    ):
        wait_for(lambda: len(stranger.packed()) > 30, 20, "packed poses")
        assert "MQTT 3.1.1 connected" in daemon.log
        assert not stranger.on("/pose")
        pose = stranger.packed()[-1]
    assert pose.set == "coco17"
    assert pose.mirrored
    # Lying on his side now, so that the picture is as wide as it was high.
    assert pose.size == SIZE[::-1]
    assert len(pose.people[0].landmarks) == len(pose.people[0].world) == 17
    # The nose is to the right of the hips where it was above them: turned clockwise, then mirrored.
    nose, hip = pose.people[0].landmarks[0], pose.people[0].landmarks[11]
    assert nose.x < hip.x


def test_the_password_is_read_from_its_file(tmp_path: Path) -> None:
    with Broker(tmp_path, users={"pi": "secret word"}) as broker:
        password = tmp_path / "password"
        password.write_text("secret word\nnot this line\n")
        config = {"mqtt": {"username": "pi", "password_file": "password"}}
        with (
            Subscriber(broker.port, username="pi", password="secret word") as stranger,
            Daemon(tmp_path, broker.port, config) as daemon,
        ):
            stranger.wait_poses(5)
            assert "secret" not in daemon.log
            assert daemon.stop() == 0
