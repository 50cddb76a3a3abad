"""Every name under which a frame can be lost, driven for real; the sums hold after each."""

import os
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.harness.books import assert_paced, page_of, unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import AT_30, MEDIAPIPE, Daemon
from tests.harness.freeze import frozen_threads
from tests.harness.overload import OVERLOAD
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

GRAPH_THREADS = "drishti"
"""What MediaPipe calls the threads that run its graph."""

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


def counted(stranger: Subscriber, name: str, count: int = 1) -> Callable[[], bool]:
    """Whether the newest health counts at least so many frames under `name`."""
    return lambda: bool(stranger.healths()) and stranger.healths()[-1]["counters"][name] >= count


def finish(stranger: Subscriber, daemon: Daemon) -> dict[str, int]:
    """Stop the daemon in good order and return its last counters, the sums checked."""
    assert daemon.stop() == 0
    wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
    counters: dict[str, int] = stranger.healths()[-1]["counters"]
    assert unexplained(counters) == (0, 0)
    assert counters["in_flight"] == 0
    assert counters["published"] == len(stranger.on("/pose"))
    return counters


def drive(
    folder: Path, broker: Broker, config: dict[str, Any], name: str, count: int = 1
) -> dict[str, int]:
    """Run with `config` until so many frames are counted under `name`; the final counters."""
    with Subscriber(broker.port) as stranger, Daemon(folder, broker.port, config) as daemon:
        wait_for(counted(stranger, name, count), 20, f"{count} frames counted as {name}")
        return finish(stranger, daemon)


def test_busy(tmp_path: Path, broker: Broker) -> None:
    counters = drive(tmp_path, broker, OVERLOAD, "busy")
    assert counters["busy"] > 0


def test_paced(tmp_path: Path, broker: Broker) -> None:
    film = cv2.VideoWriter(
        str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 60, (320, 240)
    )
    for shade in range(60):
        film.write(np.full((240, 320, 3), shade, np.uint8))
    film.release()
    config = {"camera": {"source": "uri", "uri": "film.avi", "rate": 10}}
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        wait_for(counted(stranger, "captured"), 20, "frames")
        before = stranger.healths()[-1]
        goal = before["counters"]["paced"] + 60
        wait_for(counted(stranger, "paced", goal), 20, "60 frames counted as paced")
        after = stranger.healths()[-1]
        finish(stranger, daemon)
    # 60 frames a second come.
    assert_paced(before, after, 10)


def test_refused(tmp_path: Path, broker: Broker) -> None:
    (tmp_path / "pictures").mkdir()
    for name, side in (("1", 200), ("2", 4), ("3", 200)):
        cv2.imwrite(str(tmp_path / "pictures" / f"{name}.png"), np.zeros((side, side, 3), np.uint8))
    config = {"camera": {"source": "uri", "uri": "pictures", "rate": 12}}
    counters = drive(tmp_path, broker, config, "refused")
    assert counters["observed"] > 0


def test_unchanged(tmp_path: Path, broker: Broker) -> None:
    counters = drive(tmp_path, broker, {"camera": {"scene": "empty"}}, "unchanged")
    assert counters["published"] >= 1


def test_crashed(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, OVERLOAD) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        os.kill(vision, signal.SIGKILL)
        daemon.wait_vision(other_than=vision)
        stranger.wait_poses(len(stranger.on("/pose")) + 5)
        wait_for(
            lambda: any(
                "killed by SIGKILL" in str(h["restarts"]["last"]) for h in stranger.healths()
            ),
            10,
            "the cause in health",
        )
        poses = stranger.poses()
        counters = finish(stranger, daemon)
    assert counters["crashed"] > 0
    assert "vision process: killed by SIGKILL" in daemon.log
    # Numbers go on over the death of the process; nobody takes the new run for the old one.
    assert [p.seq for p in poses] == list(range(len(poses)))
    assert all(a.frame < b.frame for a, b in pairwise(poses))
    assert stranger.availability() == ["online", "offline"]


def test_engine_lost(tmp_path: Path, broker: Broker) -> None:
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, MEDIAPIPE) as daemon,
    ):
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        with frozen_threads(vision, GRAPH_THREADS):
            wait_for(counted(stranger, "engine_lost"), 20, "a frame counted as engine_lost")
        stranger.wait_poses(len(stranger.on("/pose")) + 5)
        counters = finish(stranger, daemon)
    assert counters["engine_lost"] == 1
    assert "no answer within 2 s" in daemon.log


def test_link_full_and_stale(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, AT_30) as daemon:
        stranger.wait_poses(5)
        page = page_of(daemon.wait_vision())
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            # Full after a dozen frames; a second later they are stale.
            wait_for(lambda: page["link_full"] > 30, 20, "a full link")
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        stranger.wait_poses(len(stranger.on("/pose")) + 5)
        counters = finish(stranger, daemon)
    assert counters["link_full"] > 0
    # About a dozen waited on the link while the daemon stood still; most of them for too long.
    assert 1 <= counters["stale"] <= 30
    page.close()


def test_offline(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        broker.stop()
        daemon.wait_log("keeps trying")
        broker.start()
        wait_for(counted(stranger, "offline"), 20, "a frame counted as offline")
        counters = stranger.healths()[-1]["counters"]
        assert unexplained(counters) == (0, 0)
        wait_for(lambda: stranger.availability()[-1] == "online", 10, "online again")
        assert daemon.stop() == 0
    troubles = [line for line in daemon.log.splitlines() if "keeps trying" in line]
    # Each trouble is said once, however often it was tried.
    assert len(troubles) == len(set(troubles))


def test_backpressure(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, AT_30) as daemon:
        before = len(stranger.wait_poses(5))
        page = page_of(daemon.wait_vision())
        broker.signal(signal.SIGSTOP)
        try:
            answered = page["answered_frame"]
            wait_for(lambda: page["answered_frame"] > answered + 60, 20, "two seconds of frames")
        finally:
            broker.signal(signal.SIGCONT)
        stranger.wait_poses(before + 20)
        counters = finish(stranger, daemon)
    assert counters["backpressure"] > 0
    page.close()
