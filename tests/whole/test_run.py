"""The whole program, as a user starts it and a stranger sees it."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from edgepose.vision.sources.actor import pose_at
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")


def unexplained(counters: dict[str, int]) -> tuple[int, int]:
    """How far both sums of the books are off, whatever names they hold."""
    c = dict(counters)
    frames = c["captured"] - sum(
        c[n]
        for n in (
            "paced", "busy", "refused", "engine_lost", "link_full", "crashed", "observed",
            "in_flight",
        )
    )  # fmt: skip
    observed = c["observed"] - sum(
        c[n] for n in ("published", "offline", "backpressure", "unchanged", "stale")
    )
    return frames, observed


def last_health(subscriber: Subscriber) -> dict[str, Any]:
    """The newest health message."""
    return subscriber.healths()[-1]


def test_every_frame_is_received_or_counted(tmp_path: Path, broker: Broker) -> None:
    config = {"camera": {"source": "actor", "scene": "waving"}}
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        stranger.wait_poses(60)
        code = daemon.stop()
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        health = last_health(stranger)
        poses, packed = stranger.poses(), stranger.packed()
    assert code == 0
    counters = health["counters"]
    assert counters["in_flight"] == 0
    assert unexplained(counters) == (0, 0)
    # The stranger counts for himself: frames are numbered without gaps from 0, so what he did
    # not get must be exactly what the books say was not published.
    frames = [pose.frame for pose in poses]
    assert frames == sorted(set(frames))
    assert frames[-1] < counters["captured"]
    assert len(frames) == counters["published"]
    dropped = sum(
        n
        for name, n in counters.items()
        if name not in ("captured", "observed", "in_flight", "published")
    )
    assert counters["captured"] - len(frames) == dropped
    assert [pose.seq for pose in poses] == list(range(len(poses)))
    assert [(p.seq, p.frame, p.unix_us) for p in packed] == [
        (p.seq, p.frame, p.unix_us) for p in poses
    ]
    assert [p.first for p in packed] == [True] + [False] * (len(packed) - 1)
