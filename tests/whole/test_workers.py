"""Several workers, with real engines: frames in order, and every one of them accounted for."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgepose.messages.page import Page
from edgepose.messages.pose import Pose
from tests.harness.books import page_of, unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.freeze import frozen, threads_of
from tests.harness.overload import OVERLOAD
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
GRAPH_THREADS = "drishti"
"""What MediaPipe calls the threads that run its graphs."""
AT_MOST_IN_FLIGHT = 8
"""With two workers: a frame in the slot and one in the capture thread's hands; for each worker one
in its engine, one in its own hands, and one whose answer waits for another's."""


@contextmanager
def running(
    folder: Path, broker: Broker, workers: int, wish: dict[str, Any], engine: str = "mediapipe"
) -> Iterator[tuple[Subscriber, Daemon]]:
    """The whole program with so many workers, and a stranger."""
    crew = {"engine": engine, "workers": workers, "threads": 1}
    config = {**wish, "detection": {**wish.get("detection", {}), **crew}}
    with Subscriber(broker.port) as stranger, Daemon(folder, broker.port, config) as daemon:
        stranger.wait_poses(20)
        yield stranger, daemon


def finish(stranger: Subscriber, daemon: Daemon) -> dict[str, int]:
    """Stop in good order; the last counters, and the stream itself looked at."""
    assert daemon.stop(20) == 0
    wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
    counters: dict[str, int] = stranger.healths()[-1]["counters"]
    assert unexplained(counters) == (0, 0)
    assert counters["in_flight"] == 0
    in_order(stranger.poses())
    assert counters["published"] == len(stranger.on("/pose"))
    return counters


def in_order(poses: list[Pose]) -> None:
    assert [pose.seq for pose in poses] == list(range(len(poses)))
    assert all(a.frame < b.frame and a.unix_us < b.unix_us for a, b in pairwise(poses))


@pytest.mark.parametrize(("engine", "workers"), [("mediapipe", 2), ("mediapipe", 3), ("litert", 2)])
def test_under_load_frames_stay_in_order_and_a_stop_drains_them(
    tmp_path: Path, broker: Broker, engine: str, workers: int
) -> None:
    for attempt in range(3):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        with running(folder, broker, workers, OVERLOAD, engine) as (stranger, daemon):
            stranger.wait_poses(100, 60)
            counters = finish(stranger, daemon)
        if not counters["crashed"]:
            break
        # It waits for them not quite a second, and others may have the processors for so long.
    assert counters["busy"] > 0
    # Every engine had a frame in hand when the stop came, and brought it to its end.
    assert counters["crashed"] == counters["engine_lost"] == 0


def test_a_film_is_seen_whole_by_two(tmp_path: Path, broker: Broker, media: Path) -> None:
    film = {"source": "uri", "uri": str(media / "street-couple.avi"), "loop": False, "rate": 0}
    with running(tmp_path, broker, 2, {"camera": film}) as (stranger, daemon):
        assert daemon.process.wait(60) == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        counters = stranger.healths()[-1]["counters"]
    in_order(stranger.poses())
    assert unexplained(counters) == (0, 0)
    assert counters["busy"] == 0
    assert counters["captured"] == counters["observed"] + counters["link_full"] > 200


def crashed_by(stranger: Subscriber, death: str) -> int:
    """How many frames were lost with a process that has died so; a stop on a busy machine may cost
    some more."""
    wait_for(lambda: death in str(stranger.healths()[-1]["restarts"]["last"]), 20, death)
    crashed: int = stranger.healths()[-1]["counters"]["crashed"]
    return crashed


def at_work(vision: int) -> list[int]:
    return threads_of(vision, GRAPH_THREADS, at_work=True)


def lost_or_past(page: Page, frame: int) -> bool:
    return page["engine_lost"] > 0 or page["answered_frame"] > frame


def test_one_of_two_engines_falls_silent(tmp_path: Path, broker: Broker) -> None:
    with running(tmp_path, broker, 2, OVERLOAD) as (stranger, daemon):
        vision = daemon.wait_vision()
        page = page_of(vision)
        with ExitStack() as stack:
            # A thread in the middle of a network holds its graph. One that had just gone to
            # sleep holds nothing: then the answers go on, and another is tried.
            while not page["engine_lost"]:
                goal = page["answered_frame"] + 30
                (thread, *_) = wait_for(partial(at_work, vision), 10, "a busy thread")
                stack.enter_context(frozen([thread]))
                wait_for(partial(lost_or_past, page, goal), 20, "the loss, or life")
        crashed = crashed_by(stranger, "no answer within 2 s")
        stranger.wait_poses(len(stranger.on("/pose")) + 20)
        counters = finish(stranger, daemon)
    page.close()
    assert counters["engine_lost"] == 1
    # What the other engine had seen waited for the lost frame, was sent, and came too late; so does
    # what waits on the link where the daemon does not get to it for half a second.
    assert 1 <= counters["stale"] <= AT_MOST_IN_FLIGHT + 15
    assert crashed <= AT_MOST_IN_FLIGHT
    # What the daemon has not read yet is in flight, too: about a dozen answers fit on the link.
    assert max(h["counters"]["in_flight"] for h in stranger.healths()) <= AT_MOST_IN_FLIGHT + 15


def test_killed_with_frames_in_all_hands(tmp_path: Path, broker: Broker) -> None:
    with running(tmp_path, broker, 2, OVERLOAD) as (stranger, daemon):
        vision = daemon.wait_vision()
        os.kill(vision, signal.SIGKILL)
        daemon.wait_vision(other_than=vision)
        crashed = crashed_by(stranger, "killed by SIGKILL")
        stranger.wait_poses(len(stranger.on("/pose")) + 20)
        finish(stranger, daemon)
    assert 1 <= crashed <= AT_MOST_IN_FLIGHT


def test_refused_pictures_hold_nobody(tmp_path: Path, broker: Broker) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, side in enumerate((200, 4, 200, 200, 4)):
        cv2.imwrite(str(pictures / f"{number}.png"), np.full((side, side, 3), number, np.uint8))
    camera = {"source": "uri", "uri": str(pictures), "rate": 60}
    detection = {"engine": "mediapipe", "workers": 2}
    config = {"camera": camera, "detection": detection}
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        wait_for(
            lambda: stranger.healths() and stranger.healths()[-1]["counters"]["refused"] > 15,
            20,
            "refused pictures",
        )
        counters = finish(stranger, daemon)
    assert counters["observed"] > counters["refused"]
    assert daemon.log.count("the engine refuses pictures") == 1


def test_a_daemon_that_stands_still(tmp_path: Path, broker: Broker) -> None:
    with running(tmp_path, broker, 2, OVERLOAD) as (stranger, daemon):
        page = page_of(daemon.wait_vision())
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: page["link_full"] > 30, 20, "a full link")
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        stranger.wait_poses(len(stranger.on("/pose")) + 20)
        counters = finish(stranger, daemon)
    page.close()
    assert counters["link_full"] > 30
