"""A camera or an engine that does not work is taken back, and that is remembered."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import cv2
import pytest

from edgepose.vision.sources.actor import ActorSource
from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.notify import Listener
from tests.harness.site import Site, at_work, digest, opened
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
EMPTY: dict[str, dict[str, Any]] = {"camera": {"source": "uri", "uri": "empty"}}


def add_picture(folder: Path) -> None:
    """With somebody in it: of an empty room there is nothing to tell for long."""
    frame = next(ActorSource("standing", (320, 240), 0).frames(threading.Event()))
    assert cv2.imwrite(str(folder / "1.png"), frame.image[:, :, ::-1])


def wait_blamed(site: Site, data: bytes) -> None:
    wait_for(
        lambda: (bad := site.memory["bad"]) and bad[0].startswith(digest(data)),
        10,
        "the memory of it",
    )


def test_a_source_without_frames_is_taken_back_and_remembered(
    tmp_path: Path, broker: Broker
) -> None:
    (tmp_path / "empty").mkdir()
    with at_work(tmp_path, broker) as site:
        good, bad = site.daemon.config.read_bytes(), site.text(EMPTY)
        report = site.edit(bad)
        last = report["last"]
        assert (last["from"], last["result"]) == ("file", "rolled_back")
        assert (report["running"], report["on_disk"]) == (digest(good), digest(bad))
        assert {each["key"] for each in last["changes"]} == {"camera.source", "camera.uri"}
        assert "no picture" in last["errors"][0]["message"]
        # Two keys may be to blame, so none of them is.
        assert last["errors"][0]["key"] is None
        assert report["config"]["camera"]["source"] == "actor"
        site.fresh_poses()
        health = site.wait_health(lambda said: said["status"] == "degraded")
        assert "no picture" in health["why"][0]
        assert "ERROR: config: not in force: camera.source: actor -> uri" in site.daemon.log
        wait_blamed(site, bad)
        assert site.memory["good"].encode() == good
        # The same bytes again: it is not tried again, and the stream feels nothing of it.
        vision = site.daemon.wait_vision()
        site.daemon.save(good)
        site.wait_report(lambda said: said["last"]["result"] == "accepted")
        again = site.edit(bad)["last"]
        assert (again["result"], again["changes"]) == ("refused", [])
        assert "was tried, and taken back" in again["errors"][0]["message"]
        assert site.daemon.vision_pids == [vision]
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    assert site.stranger.availability() == ["online", "offline"]


@pytest.mark.slow
def test_what_makes_it_be_tried_again(tmp_path: Path, broker: Broker) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with at_work(tmp_path, broker) as site:
        good, bad = site.daemon.config.read_bytes(), site.text(EMPTY)
        site.edit(bad)
        wait_blamed(site, bad)
        assert site.daemon.stop() == 0
    # A restart starts with what worked, and says so at once.
    with (
        Listener(tmp_path) as manager,
        opened(tmp_path, broker, bad, environment=manager.environment) as site,
    ):
        manager.listen()
        manager.wait_status("OLD CONFIG: was tried, and taken back: ")
        site.stranger.wait_poses(3)
        report = site.stranger.configs()[-1]
        assert (report["running"], report["on_disk"]) == (digest(good), digest(bad))
        assert (report["last"]["from"], report["last"]["result"]) == ("start", "refused")
        had, vision = len(site.stranger.configs()), site.daemon.wait_vision()
        site.daemon.config.touch()
        site.daemon.save(bad)
        site.fresh_poses(10)
        # Told again at most, but not tried.
        assert {said["last"]["result"] for said in site.stranger.configs()[had:]} <= {"refused"}
        assert site.daemon.vision_pids == [vision]
        # Whoever asks by a signal has mended what the file cannot know of.
        add_picture(empty)
        had = len(site.stranger.configs())
        os.kill(site.daemon.pid, signal.SIGHUP)
        report = site.told(bad, had)
        assert (report["last"]["from"], report["last"]["result"]) == ("signal", "accepted")
        assert report["running"] == digest(bad)
        site.fresh_poses()
        wait_for(lambda: site.memory["good"].encode() == bad, 10, "the new good one")
        assert site.memory["bad"] is None
        site.wait_health(lambda said: said["status"] == "ok")
        # And back again, and an edit that changes no more than a comment is an edit.
        (empty / "1.png").unlink()
        assert site.edit(good)["last"]["result"] == "accepted"
        assert site.edit(bad)["last"]["result"] == "rolled_back"
        wait_blamed(site, bad)
        add_picture(empty)
        assert site.edit(bad + b"# now\n")["last"]["result"] == "accepted"
        site.end()


@pytest.mark.slow
def test_a_camera_that_is_unplugged_during_an_edit(tmp_path: Path, broker: Broker) -> None:
    """Neither the old nor the new config can work then; with the camera the old one comes back."""
    plugged, away = tmp_path / "plugged", tmp_path / "away"
    plugged.mkdir()
    add_picture(plugged)
    config: dict[str, dict[str, Any]] = {"camera": {"source": "uri", "uri": "plugged"}}
    with at_work(tmp_path, broker, config) as site:
        good = site.daemon.config.read_bytes()
        plugged.rename(away)
        tried = {"camera": {**config["camera"], "size": [160, 120]}}
        report = site.edit(tried)
        assert report["last"]["result"] == "rolled_back"
        assert report["running"] == digest(good)
        site.wait_health(
            lambda said: said["status"] == "degraded" and "camera missing" in said["why"]
        )
        assert site.daemon.process.poll() is None
        # It was not the edit's fault, and so it is not held against it.
        assert site.memory["bad"] is None
        away.rename(plugged)
        had = len(site.stranger.configs())
        os.kill(site.daemon.pid, signal.SIGHUP)
        assert site.told(site.text(tried), had)["last"]["result"] == "accepted"
        site.fresh_poses()
        site.wait_health(lambda said: said["status"] == "ok")
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)


@pytest.mark.slow
def test_a_blind_camera_takes_any_edit(tmp_path: Path, broker: Broker) -> None:
    """Where no frame came before, there is nothing to go back to."""
    plugged = tmp_path / "plugged"
    plugged.mkdir()
    add_picture(plugged)
    config = {"camera": {"source": "uri", "uri": "plugged"}}
    with at_work(tmp_path, broker, config) as site:
        (plugged / "1.png").unlink()
        vision = site.daemon.wait_vision()
        os.kill(vision, signal.SIGKILL)
        site.wait_health(lambda said: said["camera"] == "missing")
        report = site.edit(EMPTY)
        assert report["last"]["result"] == "accepted"
        assert report["running"] == digest(site.text(EMPTY))
        assert site.edit({})["last"]["result"] == "accepted"
        site.fresh_poses()
        site.wait_health(lambda said: said["status"] == "ok")
        site.end()
