"""Faults, caused for real; what a stranger and the log say of them, and that it goes on."""

import os
import signal
import time
from pathlib import Path

import pytest

from edgepose.messages import packed
from edgepose.service.clock import boottime_ns
from tests.harness.afterwards import memory_kb
from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import MEDIAPIPE, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


def test_a_vision_process_that_falls_silent_is_replaced(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        os.kill(vision, signal.SIGSTOP)
        wait_for(
            lambda: any(h["camera"] == "stalled" for h in stranger.healths()), 20, "camera: stalled"
        )
        stalled = next(h for h in stranger.healths() if h["camera"] == "stalled")
        daemon.wait_vision(other_than=vision)
        wait_for(lambda: stranger.healths()[-1]["status"] == "ok", 20, "status ok again")
        stranger.wait_poses(len(stranger.on("/pose")) + 5)
        assert daemon.stop() == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        counters = stranger.healths()[-1]["counters"]
    assert stalled["status"] == "degraded"
    assert any("camera stalled" in why for why in stalled["why"])
    assert not Path(f"/proc/{vision}").exists()
    assert unexplained(counters) == (0, 0)
    assert "camera stalled: no frame for " in daemon.log
    # Subscribers of availability were told nothing: the device was never away.
    assert stranger.availability() == ["online", "offline"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_vision_process_that_dies_is_replaced(
    tmp_path: Path, broker: Broker, number: signal.Signals
) -> None:
    # MediaPipe's library may have its own way with a signal; with SIGKILL nobody has.
    config = None if number == signal.SIGKILL else MEDIAPIPE
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        stranger.wait_poses(5)
        os.kill(daemon.wait_vision(), number)
        wait_for(
            lambda: number.name in str(stranger.healths()[-1]["restarts"]["last"]),
            20,
            f"{number.name} in health",
        )
        stranger.wait_poses(len(stranger.on("/pose")) + 5)
        assert daemon.stop() == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        health = stranger.healths()[-1]
    assert health["restarts"]["vision"] == 1
    assert unexplained(health["counters"]) == (0, 0)


def test_a_broker_that_is_restarted_gets_everything_again(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        broker.stop()
        daemon.wait_log("keeps trying")
        broker.start()
        with Subscriber(broker.port) as late:
            late.wait_poses(5)
            wait_for(lambda: late.healths() and late.availability(), 10, "retained messages")
            assert late.availability()[0] == "online"
        assert daemon.stop() == 0


def test_a_broker_that_stands_still_for_a_minute(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(30)
        before_kb = memory_kb(daemon.pid)
        largest_kb = before_kb
        began_ns = boottime_ns()
        broker.signal(signal.SIGSTOP)

        def a_minute_has_passed() -> bool:
            nonlocal largest_kb
            largest_kb = max(largest_kb, memory_kb(daemon.pid))
            return boottime_ns() - began_ns > 60e9

        try:
            wait_for(a_minute_has_passed, 90, "a minute", 0.5)
        finally:
            resumed_ns = boottime_ns()
            broker.signal(signal.SIGCONT)
        had = len([m for m in stranger.on("/pose/packed") if m.at_ns < resumed_ns])
        wait_for(lambda: len(stranger.on("/pose/packed")) >= had + 30, 30, "poses again")
        # Wall clock against wall clock: this machine's, in the message and here.
        wall_us = time.time_ns() / 1000 - boottime_ns() / 1000
        ages_s = [
            (wall_us + received.at_ns / 1000 - packed.decode(received.payload).unix_us) / 1e6
            for received in stranger.on("/pose/packed")[had:]
        ]
        assert daemon.stop() == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 10, "offline")
        counters = stranger.healths()[-1]["counters"]
    print(
        f"\nafter a minute: {len(ages_s)} poses, the oldest {max(ages_s):.2f} s old;"
        f" the daemon grew by {largest_kb - before_kb} KB; {counters['backpressure']} backpressure,"
        f" {counters['offline']} offline"
    )
    assert max(ages_s) < 3
    # Where all of a minute is kept for it, it grows by 2800 KB; by itself it does by some 700.
    assert largest_kb - before_kb < 2048
    assert unexplained(counters) == (0, 0)
