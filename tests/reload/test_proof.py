"""While a new config is being proved: what may happen to its vision process, and newer edits."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.libraries import HANGS, broken
from tests.harness.site import at_work, digest
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
STANDING: dict[str, dict[str, Any]] = {"camera": {"scene": "standing"}}
LONG: dict[str, dict[str, Any]] = {"reload": {"confirm_within": 30}}
"""For a proof that begins with the end of a process that hears nothing."""


@pytest.mark.slow
def test_a_bundle_that_is_damaged_is_taken_back(
    tmp_path: Path, broker: Broker, model_full: Path
) -> None:
    data = bytearray(model_full.read_bytes())
    for at in (70, 200, 300, 400):
        data[at : at + 40] = bytes(40)
    (tmp_path / "odd.task").write_bytes(data)
    with at_work(tmp_path, broker) as site:
        last = site.edit({"detection": {"model": "odd.task"}})["last"]
        assert last["result"] in ("refused", "rolled_back")
        assert "odd.task is not for the Pose Landmarker" in last["errors"][0]["message"]
        site.fresh_poses()
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)


@pytest.mark.slow
def test_an_engine_that_never_opens_is_taken_back_in_time(tmp_path: Path, broker: Broker) -> None:
    path = broken(tmp_path, "mediapipe", HANGS)
    with at_work(
        tmp_path, broker, {"reload": {"confirm_within": 1}}, environment={"PYTHONPATH": path}
    ) as site:
        hanging = {"detection": {"engine": "mediapipe"}, "reload": {"confirm_within": 1}}
        last = site.edit(hanging)["last"]
        assert last["result"] == "rolled_back"
        assert last["errors"][0]["message"] == "no frame within 1 s"
        # It does not even hear that it is to stop.
        site.fresh_poses(3, 40)
        assert len(site.daemon.vision_pids) == 1
        site.end()


@pytest.mark.slow
def test_a_vision_process_that_stands_still_while_it_is_proved(
    tmp_path: Path, broker: Broker
) -> None:
    with at_work(tmp_path, broker, {"reload": {"confirm_within": 1}}) as site:
        good, old = site.daemon.config.read_bytes(), site.daemon.wait_vision()
        site.daemon.save(tried := site.text({**STANDING, "reload": {"confirm_within": 1}}))
        new = site.daemon.wait_vision(other_than=old)
        os.kill(new, signal.SIGSTOP)
        site.wait_report(lambda said: said["last"]["result"] == "rolled_back")
        report = site.stranger.configs()[-1]
        assert (report["running"], report["on_disk"]) == (digest(good), digest(tried))
        error = report["last"]["errors"][0]
        lines = tried.decode().splitlines()
        assert (error["key"], lines[error["line"] - 1]) == ("camera.scene", "  scene: standing")
        site.fresh_poses(3, 40)
        assert site.daemon.wait_vision() not in (old, new)
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    assert site.stranger.availability() == ["online", "offline"]


@pytest.mark.slow
def test_a_vision_process_that_does_not_stop_for_the_new_one(
    tmp_path: Path, broker: Broker
) -> None:
    with at_work(tmp_path, broker, LONG) as site:
        old = site.daemon.wait_vision()
        os.kill(old, signal.SIGSTOP)
        report = site.edit({**STANDING, **LONG}, 40)
        assert report["last"]["result"] == "accepted"
        assert not Path(f"/proc/{old}").exists()
        site.fresh_poses()
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)


@pytest.mark.slow
def test_a_vision_process_that_dies_while_it_is_proved_is_given_another(
    tmp_path: Path, broker: Broker
) -> None:
    """A death without a word is no fault of the config: within the time it may try again."""
    with at_work(tmp_path, broker) as site:
        old = site.daemon.wait_vision()
        site.daemon.save(tried := site.text(STANDING))
        new = site.daemon.wait_vision(other_than=old)
        os.kill(new, signal.SIGKILL)
        site.wait_report(lambda said: said["running"] == digest(tried))
        assert site.stranger.configs()[-1]["last"]["result"] == "accepted"
        assert site.daemon.wait_vision() not in (old, new)
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)


def test_newer_edits_take_the_place_of_older_ones(tmp_path: Path, broker: Broker) -> None:
    """One is being proved as the next comes: good, bad, and what ran before."""
    walking: dict[str, Any] = {"camera": {"scene": "walking"}, **LONG}
    with at_work(tmp_path, broker, LONG) as site:
        first = site.daemon.wait_vision()
        good = site.daemon.config.read_bytes()
        site.daemon.save(site.text(walking))
        # It is not to work before the next one is read.
        os.kill(site.daemon.wait_vision(other_than=first), signal.SIGSTOP)
        report = site.edit(standing := site.text({**STANDING, **LONG}), 40)
        assert (report["running"], report["last"]["result"]) == (digest(standing), "accepted")
        # The one in between was never told of as in force.
        assert len({said["running"] for said in site.stranger.configs()}) == 2
        # A bad one does not spoil what is being proved, and is told at once.
        second = site.daemon.wait_vision()
        site.daemon.save(proved := site.text({"camera": {"scene": "two_people"}, **LONG}))
        site.daemon.wait_vision(other_than=second)
        assert site.edit(b"camra: {}\n")["last"]["result"] == "refused"
        report = site.wait_report(lambda said: said["running"] == digest(proved), 40)
        assert report["on_disk"] == digest(b"camra: {}\n")
        health = site.wait_health(lambda said: said["camera"] == "ok" and bool(said["why"]))
        assert health["why"][0].startswith("old config: line 1: camra")
        # To what ran before, in the middle of a proof.
        third = site.daemon.wait_vision()
        site.daemon.save(site.text(walking))
        os.kill(site.daemon.wait_vision(other_than=third), signal.SIGSTOP)
        report = site.edit(proved, 40)
        assert (report["running"], report["last"]["result"]) == (digest(proved), "accepted")
        assert report["last"]["changes"] == []
        site.fresh_poses()
        assert site.edit(good)["last"]["result"] == "accepted"
        wait_for(lambda: site.memory["good"].encode() == good, 10, "the good one")
        assert site.memory["bad"] is None
        site.wait_health(lambda said: said["status"] == "ok")
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    assert site.stranger.availability() == ["online", "offline"]


@pytest.mark.slow
def test_a_slow_card_keeps_what_worked_last(tmp_path: Path, broker: Broker) -> None:
    """An edit that comes while the one before is still being written down."""
    slow = ("strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync")
    delay = ("-e", "inject=fsync:delay_exit=300000", "-o", str(tmp_path / "calls"))
    with at_work(tmp_path, broker, None, *slow, *delay) as site:
        for landmarks in ("coco17", "blazepose33", "coco17"):
            last = site.edit({"messages": {"landmarks": landmarks}})
        data = site.daemon.config.read_bytes()
        assert last["running"] == digest(data)
        wait_for(lambda: site.memory["good"].encode() == data, 10, "the last one")
        site.end()
        assert "cannot be kept" not in site.daemon.log
