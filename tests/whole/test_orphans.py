"""A daemon that is killed leaves no vision process behind, whatever that does at this moment."""

import os
import signal
from pathlib import Path
from typing import Final

import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import MEDIAPIPE, Daemon
from tests.harness.freeze import frozen, threads_of
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]

HELD: Final = """
import os, signal, sys
if "edgepose.vision" in sys.orig_argv:
    os.kill(os.getpid(), signal.SIGSTOP)
"""
"""A library of the vision process that stops it as soon as Python runs."""


def state(pid: int) -> str:
    """What the kernel calls its state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def gone(pid: int) -> bool:
    """Whether it has ended; nobody may be there to reap it."""
    try:
        return state(pid) == "Z"
    except OSError:
        return True


def wait_gone(pid: int) -> None:
    wait_for(lambda: gone(pid), 5, "the end of the vision process")


def libraries(pid: int) -> str:
    """What it has mapped so far."""
    return Path(f"/proc/{pid}/maps").read_text()


def test_while_it_works(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        daemon.process.kill()
        wait_gone(vision)


def test_while_it_is_stopped(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        os.kill(vision, signal.SIGSTOP)
        daemon.process.kill()
        wait_gone(vision)


def test_while_all_of_it_hangs(tmp_path: Path, broker: Broker) -> None:
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port) as daemon:
        stranger.wait_poses(5)
        vision = daemon.wait_vision()
        with frozen(threads_of(vision, "")):
            daemon.process.kill()
            daemon.process.wait(5)
        wait_gone(vision)


def test_while_it_opens_its_engine(tmp_path: Path, broker: Broker) -> None:
    """Long before it looks at the link again."""
    with Daemon(tmp_path, broker.port, MEDIAPIPE) as daemon:
        vision = daemon.wait_vision()
        wait_for(lambda: "libmediapipe" in libraries(vision), 20, "the engine's library")
        os.kill(vision, signal.SIGSTOP)
        daemon.process.kill()
        wait_gone(vision)


def test_before_its_first_line(tmp_path: Path, broker: Broker) -> None:
    """It is held before it could tell the kernel anything: then it finds out by itself."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(HELD)
    paths = os.pathsep.join(filter(None, (str(library), os.environ.get("PYTHONPATH"))))
    with Daemon(tmp_path, broker.port, environment={"PYTHONPATH": paths}) as daemon:
        vision = daemon.wait_vision()
        wait_for(lambda: state(vision) == "T", 20, "that it stops itself")
        daemon.process.kill()
        daemon.process.wait(5)
        os.kill(vision, signal.SIGCONT)
        wait_gone(vision)
