"""What a change touches: what its key's cost promises, and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from edgepose.messages import packed
from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE
from tests.harness.site import RETAINED, Site, at_work, connects, digest, text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
LOST_FOR_IT = ("crashed", "offline", "backpressure", "engine_lost", "link_full", "stale")
"""Fates that a frame may not have because of an edit; `busy` it may have at any time."""


@contextmanager
def the_stream_goes_on(site: Site, *but: str) -> Iterator[None]:
    """Numbers go on, and no frame is lost for what happens meanwhile, nor is one unexplained.

    `but`: a fate that frames may have all the same.
    """
    kept = [name for name in LOST_FOR_IT if name not in but]
    before = site.fresh_health()["counters"]
    had = len(site.stranger.packed())
    yield
    site.fresh_poses(5)
    # Before the end, which may cost frames where a machine is busy.
    after = site.fresh_health()["counters"]
    counters = site.end()["counters"]
    poses = site.stranger.packed()[had:]
    assert [pose.seq for pose in poses] == list(range(had, had + len(poses)))
    frames = [pose.frame for pose in poses]
    assert frames == sorted(set(frames))
    assert {name: after[name] - before[name] for name in kept} == dict.fromkeys(kept, 0)
    assert unexplained(counters) == (0, 0)
    assert counters["in_flight"] == 0


def change(report: dict[str, Any], key: str) -> tuple[Any, Any, str]:
    """Old value, new value and cost of a key, as the report tells them."""
    (found,) = [each for each in report["last"]["changes"] if each["key"] == key]
    return found["old"], found["new"], found["cost"]


def test_a_live_change_keeps_the_process_and_the_connection(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        vision = site.daemon.wait_vision()
        with the_stream_goes_on(site):
            report = site.edit(
                {
                    "messages": {"landmarks": "coco17"},
                    "camera": {"mirror": True},
                    "health": {"interval": 2},
                }
            )
            told = report["last"]
            assert (told["result"], told["from"], told["errors"]) == ("accepted", "file", [])
            assert {each["cost"] for each in told["changes"]} == {"live"}
            assert change(report, "messages.landmarks") == ("blazepose33", "coco17", "live")
            assert change(report, "camera.mirror") == (False, True, "live")
            assert change(report, "health.interval") == (1.0, 2.0, "live")
            assert report["running"] == report["on_disk"]
            assert report["config"]["messages"]["landmarks"] == "coco17"
            wait_for(lambda: site.stranger.poses()[-1].set == "coco17", 5, "coco17")
            assert site.stranger.poses()[-1].mirrored
            packed = {"messages": {"formats": ["packed"]}}
            assert site.edit(packed)["last"]["result"] == "accepted"
            ended = len(site.stranger.on("/pose"))
            site.fresh_poses(5)
            # One may have been on its way.
            assert len(site.stranger.on("/pose")) <= ended + 1
            wait_for(lambda: site.stranger.packed()[-1].set == "blazepose33", 5, "blazepose33")
            assert not site.stranger.packed()[-1].mirrored
            site.edit({})
            site.fresh_poses(5)
            assert site.daemon.vision_pids == [vision]
    assert site.stranger.availability() == ["online", "offline"]
    assert len(connects(broker, tmp_path)) == 1
    assert site.daemon.log.count("connected to") == 1


@pytest.mark.slow
def test_the_journal_tells_a_change_key_by_key(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        report = site.edit({"messages": {"landmarks": "coco17"}, "camera": {"scene": "standing"}})
        log = site.daemon.log
        assert "INFO: config: camera.scene: waving -> standing (rebuild-vision)\n" in log
        assert "INFO: config: messages.landmarks: blazepose33 -> coco17 (live)\n" in log
        assert f"INFO: config {report['running']}: in force (asked for by: file)\n" in log
        assert "INFO: vision process: starts anew for a changed configuration\n" in log
        assert log.count("vision process: the first picture is looked at: ") == 2
        site.end()


@pytest.mark.slow
def test_a_rebuild_keeps_the_connection_and_the_numbers(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        first = site.daemon.wait_vision()
        with the_stream_goes_on(site):
            most = 0

            def is_in_force(data: bytes) -> bool:
                nonlocal most
                most = max(most, len(site.daemon.vision_pids))
                return digest(data) in (site.stranger.configs()[-1]["running"],)

            standing: dict[str, Any] = {"camera": {"scene": "standing"}}
            small = {"camera": {**standing["camera"], "size": [160, 120]}}
            last = {**small, "messages": {"world": True}, "detection": {"engine": "mediapipe"}}
            for data in map(site.text, (standing, small, last)):
                site.daemon.save(data)
                wait_for(partial(is_in_force, data), 20, "the new one", 0.005)
            assert most == 1
            assert site.daemon.vision_pid != first
            assert not Path(f"/proc/{first}").exists()
            site.fresh_poses()
            pose = site.stranger.poses()[-1]
            assert pose.size == (160, 120)
            assert pose.people[0].world
    assert site.stranger.availability() == ["online", "offline"]
    assert len(connects(broker, tmp_path)) == 1
    # Nothing has gone wrong, so nothing is counted as a fault or told as one.
    assert {health["restarts"]["vision"] for health in site.stranger.healths()} == {0}
    assert not any(health["why"] for health in site.stranger.healths())
    assert "ERROR" not in site.daemon.log


def test_a_new_name_takes_everything_with_it(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        vision = site.daemon.wait_vision()
        # It has to be there, to be gone later.
        assert set(site.late(f"edgepose/{DEVICE}/#")) == {
            f"edgepose/{DEVICE}/{name}" for name in RETAINED
        }
        # In the moment between the two connections there is nowhere to send them.
        with the_stream_goes_on(site, "offline"):
            report = site.edit({"device": {"id": "other"}})
            assert change(report, "device.id") == (DEVICE, "other", "reconnect")
            site.fresh_poses()
            assert site.late(f"edgepose/{DEVICE}/#") == {}
            found = site.late("edgepose/#")
            assert set(found) == {f"edgepose/other/{name}" for name in RETAINED}
            assert found["edgepose/other/availability"] == b"online"
            assert site.daemon.vision_pids == [vision]
            # And under the new name it hears.
            had = len(site.stranger.configs())
            site.stranger.publish("edgepose/other/command/reload")
            wait_for(lambda: len(site.stranger.configs()) > had, 5, "an answer")
            assert site.stranger.configs()[-1]["last"]["from"] == "command"
    said = [(m.topic, m.payload) for m in site.stranger.on("/availability")]
    assert said == [
        (f"edgepose/{DEVICE}/availability", b"online"),
        (f"edgepose/{DEVICE}/availability", b""),
        ("edgepose/other/availability", b"online"),
        ("edgepose/other/availability", b"offline"),
    ]


@pytest.mark.slow
def test_a_new_base_and_then_another_broker(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site, Broker(tmp_path) as second:
        vision = site.daemon.wait_vision()
        with Subscriber(second.port, "#") as there, Subscriber(broker.port, "#") as here:
            site.daemon.save(site.text({"mqtt": {"base": "home/sensors"}}))
            here_root = f"home/sensors/{DEVICE}"
            wait_for(
                lambda: any(m.topic == f"{here_root}/pose" for m in here.messages), 10, "poses"
            )
            assert site.late("edgepose/#") == {}
            assert site.late("home/#")[f"{here_root}/availability"] == b"online"
            site.daemon.save(text(second.port))
            there.wait_poses(5)
            wait_for(there.configs, 5, "a report there")
            assert site.late("#") == {}
            assert site.daemon.vision_pids == [vision]
            assert there.availability() == ["online"]
            assert there.configs()[-1]["last"]["result"] == "accepted"
            # The numbers go on from one broker to the other.
            last = max(pose.seq for pose in here.poses())
            assert there.poses()[0].seq > last
            assert not there.packed()[0].first
            assert site.daemon.stop() == 0
            wait_for(lambda: there.availability()[-1] == "offline", 5, "offline")
            counters = there.healths()[-1]["counters"]
    assert unexplained(counters) == (0, 0)


@pytest.mark.slow
def test_a_change_of_everything_at_once(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        vision = site.daemon.wait_vision()
        report = site.edit(
            {
                "device": {"id": "other", "name": "Another"},
                "camera": {"scene": "standing", "mirror": True, "rotation": 90},
                "messages": {"landmarks": "coco17", "formats": ["packed"]},
            }
        )
        assert {each["cost"] for each in report["last"]["changes"]} == {
            "live",
            "rebuild-vision",
            "reconnect",
        }
        site.fresh_poses()
        assert site.daemon.vision_pid not in (None, vision)
        assert site.late(f"edgepose/{DEVICE}/#") == {}
        # Nor was anything of the new one under the old name.
        under_old = [m for m in site.stranger.on("/packed") if DEVICE in m.topic]
        assert {packed.decode(m.payload).set for m in under_old} == {"blazepose33"}
        # Under the new name nothing of the old config was ever sent.
        under_new = [m for m in site.stranger.messages if m.topic.startswith("edgepose/other/")]
        assert not [m for m in under_new if m.topic.endswith("/pose")]
        # Whole or not at all: no pose of the new picture with the old set of landmarks.
        assert {(p.set, p.mirrored, p.size) for p in site.stranger.packed()} == {
            ("blazepose33", False, (320, 240)),
            ("coco17", True, (240, 320)),
        }
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    numbers = [pose.seq for pose in site.stranger.packed()]
    assert numbers == list(range(len(numbers)))
