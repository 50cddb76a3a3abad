"""A vision process that hangs, dies again and again, or cannot even be started: what is said of it,
and that it goes on without a hand."""

import os
import random
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.at_work import LIGHT, at_work, goes_on, restarts, wait_why
from tests.harness.broker import Broker
from tests.harness.freeze import frozen_threads
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
FAULTS: Final = (signal.SIGSTOP, signal.SIGKILL, signal.SIGSEGV)


def test_a_capture_that_never_returns(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as (stranger, daemon):
        with frozen_threads(daemon.wait_vision(), "capture"):
            wait_why(stranger, "camera stalled")
        goes_on(stranger)
        told = restarts(stranger)
        assert "camera stalled: no frame for " in told["last"]
        assert told["causes"] == {"capture_stalled": 1}


def test_workers_that_hang_where_no_engine_is_lost(tmp_path: Path, broker: Broker) -> None:
    """And the process, killed, does not go: as long as it is there no other one is started."""
    with at_work(tmp_path, broker) as (stranger, daemon):
        vision = daemon.wait_vision()
        # What a debugger holds does not go before it lets go, as with a driver.
        with frozen_threads(vision, "worker"):
            wait_why(stranger, "killed, and does not go: it hangs in the kernel", 40)
            assert stranger.healths()[-1]["status"] == "degraded"
            assert stranger.healths()[-1]["camera"] is None
            assert daemon.vision_pids == []
            assert Path(f"/proc/{vision}").exists()
        goes_on(stranger)
        told = restarts(stranger)
        assert "engine stalled: " in told["last"]
        assert told["causes"] == {"engine_stalled": 1}


def test_faults_at_many_moments(tmp_path: Path, broker: Broker) -> None:
    """On two devices at a time: what fails in a row is waited for, longer each time."""

    def suffer(number: int) -> None:
        rng = random.Random(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        before = None
        with at_work(folder, broker, LIGHT, device=f"device{number}") as (stranger, daemon):
            for _ in range(2):
                before = daemon.wait_vision(other_than=before, limit_s=30)
                # Anywhere from its first instructions to well into its work.
                poses = rng.choice((0, 0, 1, 10))
                stranger.wait_poses(len(stranger.on("/pose")) + poses, 30)
                sent[number].append(rng.choice(FAULTS))
                os.kill(before, sent[number][-1])
            daemon.wait_vision(other_than=before, limit_s=60)
            goes_on(stranger)
            told[number] = restarts(stranger)

    sent: dict[int, list[signal.Signals]] = {number: [] for number in range(5)}
    told: dict[int, dict[str, Any]] = {}
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(suffer, sent))
    for number, signals in sent.items():
        print(number, signals, told[number])
        # What a busy machine may add is of other causes; which one finds the stop is open.
        causes = told[number]["causes"]
        assert causes.get("signal", 0) == len([s for s in signals if s != signal.SIGSTOP])
        assert told[number]["vision"] >= len(signals)
        assert sum(causes.values()) == told[number]["vision"]


def test_no_descriptors_to_start_it_with(tmp_path: Path, broker: Broker) -> None:
    """Nor for anything else that the daemon does meanwhile: said, and over when there are again."""
    with at_work(tmp_path, broker) as (stranger, daemon):
        pid = daemon.pid
        before = stranger.healths()[-1]["open_files"]
        usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (8, usual[1]))
        try:
            os.kill(daemon.wait_vision(), signal.SIGKILL)
            wait_why(stranger, "cannot be started: Too many open files")
            wait_for(lambda: restarts(stranger)["causes"].get("start_refused", 0) > 1, 10, "again")
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
        goes_on(stranger)
        # None was lost on the way.
        assert stranger.healths()[-1]["open_files"]["daemon"] == before["daemon"]
        assert stranger.healths()[-1]["open_files"]["vision"] is not None
        assert "signal" in restarts(stranger)["causes"]


def test_no_memory_to_open_an_engine(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as (stranger, daemon):
        pid = daemon.pid
        usual = resource.prlimit(pid, resource.RLIMIT_AS)
        size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        # It passes to the next vision process, which wants much more than the daemon.
        resource.prlimit(pid, resource.RLIMIT_AS, (size + (64 << 20), usual[1]))
        try:
            os.kill(daemon.wait_vision(), signal.SIGKILL)
            wait_for(lambda: restarts(stranger)["vision"] > 2, 20, "some restarts")
            wait_why(stranger, "failed to map segment")
        finally:
            resource.prlimit(pid, resource.RLIMIT_AS, usual)
        goes_on(stranger)
