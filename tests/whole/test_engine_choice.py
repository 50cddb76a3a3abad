"""The engine that a daemon takes, what a stranger is told of it, and how it goes while it is tried.

Whichever way MediaPipe does not work: `tests/service/test_engine_choice.py`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.harness.broker import Broker, free_port
from tests.harness.daemon import Daemon
from tests.harness.libraries import (
    ABORTS,
    FATAL,
    HANGS,
    broken,
    counted,
    environment_without,
)
from tests.harness.subscriber import Subscriber
from tests.harness.trace import calls_of, strace, succeeded
from tests.harness.wait import wait_for

TRIAL = "edgepose.vision.trial"
AUTO = {"detection": {"engine": "auto"}}

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


def settled(stranger: Subscriber) -> dict[str, Any]:
    """The first health message that names an engine."""

    def found() -> dict[str, Any] | None:
        return next((h for h in stranger.healths() if h["engine"] is not None), None)

    return wait_for(found, 30, "an engine in health")


def trial_of(daemon: Daemon) -> int | None:
    """Process id of the trial that this daemon has begun, None while there is none."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            mine = f"\nPPid:\t{daemon.pid}\n" in status.read_text()
            words = status.with_name("cmdline").read_text(errors="replace").split("\0")
            if mine and TRIAL in words:
                return int(status.parent.name)
    return None


def with_path(path: str) -> tuple[str, str]:
    return "env", f"PYTHONPATH={path}"


def test_auto_takes_mediapipe_where_it_works(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, AUTO) as daemon:
        health = settled(stranger)
        stranger.wait_poses(5)
        assert daemon.stop() == 0
    assert (health["engine"], health["engine_why"]) == ("mediapipe", None)
    assert "INFO: engine mediapipe\n" in daemon.log


def test_auto_takes_litert_where_mediapipe_aborts_and_stays_with_it(
    tmp_path: Path, broker: Broker
) -> None:
    times = tmp_path / "times"
    path = broken(tmp_path, "mediapipe", counted(ABORTS, times))
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, AUTO, *with_path(path)) as daemon,
    ):
        health = settled(stranger)
        vision = daemon.wait_vision()
        wait_for(lambda: any(pose.people for pose in stranger.poses()), 20, "a person")
        text = daemon.config.read_text()
        daemon.config.write_text(text.replace("source: actor", "source: actor\n  scene: standing"))
        daemon.wait_vision(other_than=vision)
        stranger.wait_poses(len(stranger.on("/pose")) + 5)
        again = stranger.healths()[-1]
        assert daemon.stop() == 0
    assert health["engine"] == again["engine"] == "litert"
    assert health["engine_why"] == again["engine_why"]
    assert health["engine_why"].startswith(f"mediapipe: killed by SIGILL ({FATAL})")
    assert daemon.log.count(f"WARNING: engine litert: {health['engine_why']}\n") == 1
    assert times.read_text() == "once\n"


def test_an_engine_that_is_named_is_not_tried(tmp_path: Path, broker: Broker) -> None:
    times = tmp_path / "times"
    path = broken(tmp_path, "mediapipe", counted(ABORTS, times))
    config = {"detection": {"engine": "litert"}}
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, config, *with_path(path)) as daemon,
    ):
        health = settled(stranger)
        stranger.wait_poses(5)
        assert daemon.stop() == 0
    assert (health["engine"], health["engine_why"]) == ("litert", None)
    assert not times.exists()


def test_litert_is_enough_where_mediapipe_is_not_installed(tmp_path: Path, broker: Broker) -> None:
    made, prefix = environment_without(tmp_path, "mediapipe")
    (made / "share" / "edgepose" / "engine_why").write_text("it aborts on this processor\n")
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, AUTO, *prefix) as daemon,
    ):
        health = settled(stranger)
        stranger.wait_poses(5)
        assert daemon.stop() == 0
    assert health["engine"] == "litert"
    why = "mediapipe is not installed here: it aborts on this processor"
    assert health["engine_why"] == why
    # Nothing that anybody has to mend.
    assert f"INFO: engine litert: {why}\n" in daemon.log


def test_where_neither_engine_works_both_reasons_are_told(tmp_path: Path) -> None:
    broken(tmp_path, "ai_edge_litert", "raise ImportError('libLiteRt.so: no such file')")
    path = broken(tmp_path, "mediapipe", ABORTS)
    with Daemon(tmp_path, free_port(), AUTO, *with_path(path)) as daemon:
        assert daemon.process.wait(30) == 69
    assert "Traceback" not in daemon.log
    (line,) = [line for line in daemon.log.splitlines() if line.startswith("litert: ")]
    assert "libLiteRt.so: no such file" in line
    assert f"mediapipe: killed by SIGILL ({FATAL})" in line


def test_a_bad_bundle_is_told_by_the_only_engine_there(tmp_path: Path, model_full: Path) -> None:
    with (
        zipfile.ZipFile(model_full) as bundle,
        zipfile.ZipFile(tmp_path / "half.task", "w") as half,
    ):
        name = "pose_landmarks_detector.tflite"
        half.writestr(name, bundle.read(name))
        half.writestr("pose_detector.tflite", bundle.read(name))
    config = {"detection": {"engine": "auto", "model": "half.task"}}
    _, prefix = environment_without(tmp_path, "ai_edge_litert")
    with Daemon(tmp_path, free_port(), config, *prefix) as daemon:
        assert daemon.process.wait(30) == 69
    last = daemon.log.splitlines()[-1]
    assert "half.task" in last
    assert "litert" not in last


def test_while_it_is_tried_nothing_is_claimed_and_sigterm_ends_it(
    tmp_path: Path, broker: Broker
) -> None:
    path = broken(tmp_path, "mediapipe", HANGS)
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, AUTO, *with_path(path)) as daemon,
    ):
        trial = wait_for(lambda: trial_of(daemon), 20, "a trial")
        health = wait_for(lambda: stranger.healths()[-1:], 20, "health")[0]
        # Stopped, it can do nothing for its own end.
        os.kill(trial, signal.SIGSTOP)
        assert daemon.stop(20) == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        # Killed, it needs the processor once more before it is gone.
        wait_for(lambda: not Path(f"/proc/{trial}").exists(), 10, "the end of the trial")
    assert (health["status"], health["engine"], health["engine_why"]) == ("starting", None, None)


def test_the_trial_goes_with_a_daemon_that_is_killed(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    path = broken(tmp_path, "mediapipe", counted(HANGS, begun))
    with Daemon(tmp_path, free_port(), AUTO, *with_path(path)) as daemon:
        wait_for(begun.exists, 20, "a trial that hangs")
        trial = trial_of(daemon)
        daemon.process.kill()
        wait_for(lambda: not Path(f"/proc/{trial}").exists(), 5, "the end of the trial")


def test_the_trial_reaches_nobody(tmp_path: Path, model_full: Path) -> None:
    command = [sys.executable, "-P", "-m", TRIAL, "mediapipe", str(model_full)]
    subprocess.run([*strace(tmp_path / "calls"), *command], timeout=60, check=True)
    calls = calls_of(tmp_path / "calls", f'"{TRIAL}"')
    sockets = succeeded(calls, "socket")
    assert [c for c in sockets if "AF_UNIX" not in c and "AF_NETLINK" not in c] == []
    assert succeeded(calls, "connect") == []
    assert succeeded(calls, "io_uring_setup") == []
