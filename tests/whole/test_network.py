"""The process that sees pictures reaches nobody: seen from outside, in its real system calls."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import MEDIAPIPE, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.trace import calls_of, strace, succeeded
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")


def inet(calls: list[str]) -> list[str]:
    """Sockets that were opened and could reach another machine."""
    return [c for c in succeeded(calls, "socket") if "AF_UNIX" not in c and "AF_NETLINK" not in c]


def test_the_vision_process_opens_no_socket(tmp_path: Path, broker: Broker) -> None:
    prefix = strace(tmp_path / "calls")
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, MEDIAPIPE, *prefix) as daemon,
    ):
        stranger.wait_poses(30, 60)
        daemon.stop(20)
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
    vision = calls_of(tmp_path / "calls", '"edgepose.vision"')
    assert inet(vision) == []
    assert succeeded(vision, "connect") == []
    assert succeeded(vision, "io_uring_setup") == []
    # The same eyes do see the daemon's own connection.
    daemon_calls = calls_of(tmp_path / "calls", '"--config"')
    assert any("AF_INET" in call for call in inet(daemon_calls))


def test_the_vision_process_is_given_no_secrets(tmp_path: Path, broker: Broker) -> None:
    secrets = {
        "WATCHDOG_USEC": "1000000",
        "WATCHDOG_PID": "1",
        "CREDENTIALS_DIRECTORY": str(tmp_path),
    }
    prefix = ("env", *(f"{name}={value}" for name, value in secrets.items()))
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, None, *prefix) as daemon,
    ):
        # By then it has opened all that it opens, and closed what it needs for a moment only.
        stranger.wait_poses(5)
        vision = Path(f"/proc/{daemon.wait_vision()}")
        given = {line.partition("=")[0] for line in (vision / "environ").read_text().split("\0")}
        command = (vision / "cmdline").read_text()
        files = [str(link.readlink()) for link in (vision / "fd").iterdir()]
        assert daemon.stop() == 0
    assert "PATH" in given
    assert not given & set(secrets)
    assert "edgepose.yaml" not in command
    assert not [file for file in files if "yaml" in file or "TCP" in file]


@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_closing_the_engine_reaches_nobody(tmp_path: Path, model_full: Path, engine: str) -> None:
    """MediaPipe looks up its maker's host as a landmarker is closed."""
    program = (
        "import numpy as np\n"
        "from edgepose.vision import sandbox; sandbox.enter()\n"
        "from tests.harness.sight import still\n"
        "from edgepose.vision.engines import EngineOptions\n"
        f"options = EngineOptions({str(model_full)!r})\n"
        f"still({engine!r}, options, np.zeros((99, 99, 3), np.uint8), [0, 10**9])\n"
        "print('closed')\n"
    )
    done = subprocess.run(
        [*strace(tmp_path / "calls"), sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "closed" in done.stdout
    calls = calls_of(tmp_path / "calls", '"-c"')
    assert inet(calls) == []
    assert succeeded(calls, "connect") == []
