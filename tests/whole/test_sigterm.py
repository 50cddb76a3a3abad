"""SIGTERM in each state: exit status 0, soon, `offline` said where a broker hears it, and books
that add up."""

import os
import signal
import socket
from pathlib import Path
from typing import Final

import pytest

from tests.harness.afterwards import assert_adds_up
from tests.harness.at_work import restarts
from tests.harness.broker import Broker, free_port
from tests.harness.daemon import DEVICE, Daemon, config_text
from tests.harness.freeze import frozen_threads
from tests.harness.libraries import HANGS, broken
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
LIMIT_S: Final = 20.0
"""A busy machine's; how soon it is gone is measured by tests/bench."""


def end(daemon: Daemon) -> None:
    assert daemon.stop(LIMIT_S) == 0
    assert daemon.vision_pids == []
    assert "Traceback" not in daemon.log


def says_offline(stranger: Subscriber, daemon: Daemon) -> dict[str, int]:
    """Wait for it, and hold its books to what the stranger has received: the last counters."""
    wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
    return assert_adds_up(stranger, daemon.log)


def test_while_mediapipe_is_tried(tmp_path: Path, broker: Broker) -> None:
    auto = {"detection": {"engine": "auto"}}
    hangs = {"PYTHONPATH": broken(tmp_path, "mediapipe", HANGS)}
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, auto, environment=hangs) as daemon,
    ):
        wait_for(stranger.availability, 20, "online")
        trial = wait_for(lambda: daemon.trial_pid, 20, "the trial")
        end(daemon)
        # Killed, it needs the processor once more before it is gone.
        wait_for(lambda: not Path(f"/proc/{trial}").exists(), 10, "the end of the trial")
        says_offline(stranger, daemon)


def test_while_camera_and_engine_open(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        daemon.wait_vision()
        wait_for(stranger.availability, 20, "online")
        end(daemon)
        says_offline(stranger, daemon)


def test_without_a_broker(tmp_path: Path) -> None:
    with Daemon(tmp_path, free_port()) as daemon:
        daemon.wait_log("keeps trying")
        daemon.wait_vision()
        end(daemon)


def test_with_a_broker_that_does_not_say_a_word(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Daemon(tmp_path, server.getsockname()[1]) as daemon,
    ):
        server.settimeout(20)
        connection, _ = server.accept()
        end(daemon)
        connection.close()


def test_while_the_vision_process_and_the_broker_hang(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        broker.signal(signal.SIGSTOP)
        try:
            with frozen_threads(vision, "worker"):
                end(daemon)
        finally:
            broker.signal(signal.SIGCONT)
        # By the will, which comes five seconds later.
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 15, "offline")


def test_while_the_vision_process_hangs(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        with frozen_threads(vision, ""):
            end(daemon)
        assert "did not leave in" in daemon.log
        says_offline(stranger, daemon)


def test_while_it_waits_for_one_that_does_not_go(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        with frozen_threads(daemon.wait_vision(), "capture"):
            daemon.wait_log("no other one is started meanwhile")
            end(daemon)
        says_offline(stranger, daemon)


def test_while_it_waits_to_try_again(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = None
        for _ in range(3):
            vision = daemon.wait_vision(other_than=vision)
            os.kill(vision, signal.SIGKILL)
        wait_for(lambda: restarts(stranger)["vision"] == 3, 10, "three restarts")
        end(daemon)
        says_offline(stranger, daemon)


def test_while_paused(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        stranger.publish(f"edgepose/{DEVICE}/command/pause")
        wait_for(lambda: stranger.healths()[-1]["camera"] == "off", 10, "camera off")
        end(daemon)
        says_offline(stranger, daemon)


def test_while_another_config_is_tried(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        daemon.save(config_text(broker.port, {"camera": {"scene": "standing"}}).encode())
        daemon.wait_vision(other_than=vision)
        end(daemon)
        says_offline(stranger, daemon)
