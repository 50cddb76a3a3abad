"""A changed config while detection is paused: in force unproven, and tried when it goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE
from tests.harness.site import Site, at_work, digest
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
NOWHERE: dict[str, dict[str, Any]] = {"camera": {"source": "uri", "uri": "nowhere"}}


def ask(site: Site, command: str) -> dict[str, Any]:
    """Give a command and wait for its answer."""
    topic = f"/{command}/result"
    had = len(site.stranger.on(topic))
    site.stranger.publish(f"edgepose/{DEVICE}/command/{command}")
    wait_for(lambda: len(site.stranger.on(topic)) > had, 20, f"the answer to {command}")
    answer: dict[str, Any] = json.loads(site.stranger.on(topic)[-1].payload)
    return answer


def test_a_camera_that_does_not_work_is_taken_back_when_it_is_tried(
    tmp_path: Path, broker: Broker
) -> None:
    with at_work(tmp_path, broker, {"snapshot": {"camera_picture": True}}) as site:
        good = site.daemon.config.read_bytes()
        assert ask(site, "pause")["ok"]
        assert site.edit(NOWHERE)["last"]["result"] == "accepted"
        had = len(site.stranger.configs())
        assert ask(site, "resume")["ok"]
        wait_for(lambda: len(site.stranger.configs()) > had, 20, "its end")
        report = site.stranger.configs()[-1]
        assert report["last"]["result"] == "rolled_back"
        assert report["running"] == digest(good)
        site.fresh_poses()
        site.end()
        # The file does not let pictures out: not even for the moment in which it is taken back.
        shared = [bool(said.payload) for said in site.stranger.on("/notice")]
        assert shared == sorted(shared, reverse=True)
        assert (shared[0], shared[-1]) == (True, False)


def test_a_pause_in_the_middle_of_a_trial_does_not_put_an_older_edit_in_force_later(
    tmp_path: Path, broker: Broker
) -> None:
    with at_work(tmp_path, broker) as site:
        small = {"size": [160, 120], "rate": 15}
        site.daemon.save(site.text({"camera": small}))
        assert ask(site, "pause")["ok"]
        newest = {"camera": {**small, "mirror": True}, "device": {"name": "Hall"}}
        report = site.edit(newest)
        assert report["last"]["result"] == "accepted"
        had = len(site.stranger.messages)
        assert ask(site, "resume")["ok"]
        wait_for(
            lambda: [m for m in site.stranger.messages[had:] if m.topic.endswith("/pose")],
            20,
            "a pose",
        )
        assert site.stranger.poses()[-1].mirrored
        assert site.stranger.poses()[-1].size == (160, 120)
        site.end()
