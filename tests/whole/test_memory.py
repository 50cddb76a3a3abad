"""Memory: a vision process that leaks, a limit that is too low, and a kernel that has none left."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.at_work import LIGHT, at_work, goes_on, restarts, wait_why
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
LEAK: Final = """
import pathlib, sys, threading, time
def leak(file):
    kept = []
    while True:
        try:
            wanted = int(file.read_text())
        except (OSError, ValueError):
            wanted = 0
        while len(kept) < wanted:
            kept.append(bytearray(b"x" * 1_000_000))
            # It takes memory, and not the interpreter from the others.
            time.sleep(0.001)
        time.sleep(0.05)
if "edgepose.vision" in sys.orig_argv:
    file = pathlib.Path(__file__).with_name("megabytes")
    threading.Thread(target=leak, args=(file,), daemon=True).start()
"""
"""A library of the vision process that takes memory and keeps it: as much as the file says."""
HOG: Final = """
import sys
kept = []
for line in sys.stdin:
    kept.append(b"x" * (int(line) << 20))
    print("taken", flush=True)
"""
"""Takes so many megabytes as each line says."""
CGROUP: Final = Path("/sys/fs/cgroup")


@contextmanager
def leaking(
    folder: Path, broker: Broker, config: dict[str, Any]
) -> Iterator[tuple[Subscriber, Daemon, Path]]:
    """A daemon at work whose vision process takes so many megabytes more as the file says."""
    library = folder / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(LEAK)
    paths = os.pathsep.join(filter(None, (str(library), os.environ.get("PYTHONPATH"))))
    with at_work(folder, broker, config, environment={"PYTHONPATH": paths}) as (stranger, daemon):
        yield stranger, daemon, library / "megabytes"


def take(file: Path, megabytes: int) -> None:
    """Have the vision process take so much more."""
    fresh = file.with_suffix(".new")
    fresh.write_text(str(megabytes))
    fresh.replace(file)


def memory(stranger: Subscriber) -> dict[str, int]:
    """What the newest health tells of it."""
    found: dict[str, int] = stranger.healths()[-1]["memory_mb"]
    return found


def settled(stranger: Subscriber) -> int:
    """Wait until it is known what the process needs; the bound."""
    first = memory(stranger)["limit"]
    wait_for(lambda: memory(stranger)["limit"] != first, 20, "another bound")
    return memory(stranger)["limit"]


def test_a_leak_ends_when_nobody_is_there_to_be_missed(tmp_path: Path, broker: Broker) -> None:
    """Somebody is: then it waits, unless there is no time for that."""
    config = {**LIGHT, "health": {"interval": 1, "memory_limit": 128}}
    with leaking(tmp_path, broker, config) as (stranger, daemon, megabytes):
        vision = daemon.wait_vision()
        # A limit below what it needs is said, and changes nothing: a restart would not help.
        bound = settled(stranger)
        wait_why(stranger, "health.memory_limit 128 MB is less than it needs")
        assert daemon.vision_pid == vision
        takes = memory(stranger)["vision"]
        assert bound > takes
        take(megabytes, bound - takes + 10)
        wait_why(stranger, f"more than {bound} MB: it is started again when nobody is there")
        assert daemon.vision_pid == vision
        take(megabytes, bound)
        daemon.wait_vision(other_than=vision)
        megabytes.unlink()
        wait_for(lambda: restarts(stranger)["causes"] == {"memory": 1}, 10, "the cause")
        assert f"MB of memory, more than {bound} MB" in restarts(stranger)["last"]
        # It was at work, and finished what it had.
        assert stranger.healths()[-1]["counters"]["crashed"] == 0
        stranger.wait_poses(len(stranger.on("/pose")) + 5)


def test_a_leak_in_an_empty_room_ends_at_once(tmp_path: Path, broker: Broker) -> None:
    config = {
        "camera": {**LIGHT["camera"], "scene": "walking"},
        "presence": {"on_after": 0.1, "off_after": 1},
        "health": {"interval": 1, "memory_limit": 128},
    }
    with leaking(tmp_path, broker, config) as (stranger, daemon, megabytes):
        vision = daemon.wait_vision()
        bound = settled(stranger)
        take(megabytes, bound - memory(stranger)["vision"] + 10)
        # As soon as whoever walks there is gone.
        daemon.wait_vision(other_than=vision)
        megabytes.unlink()
        wait_for(lambda: restarts(stranger)["causes"] == {"memory": 1}, 10, "the cause")
        assert f"MB of memory, more than {bound} MB" in restarts(stranger)["last"]
        stranger.wait_poses(len(stranger.on("/pose")) + 5)


@dataclass(frozen=True)
class Group:
    """A group of processes, and what the kernel calls the files of its memory."""

    folder: Path
    procs: str
    usage: str
    limit: str
    killed: str

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    @property
    def kills(self) -> int:
        """How many processes the kernel has killed for want of memory."""
        return int(dict(line.split() for line in self.read(self.killed).splitlines())["oom_kill"])


def groups() -> tuple[Group, ...]:
    """What it would be in either version of control groups."""
    name = f"edgepose-test-{os.getpid()}"
    old = ("tasks", "memory.usage_in_bytes", "memory.limit_in_bytes", "memory.oom_control")
    new = ("cgroup.procs", "memory.current", "memory.max", "memory.events")
    return Group(CGROUP / "memory" / name, *old), Group(CGROUP / name, *new)


@pytest.fixture
def tight() -> Iterator[Group]:
    """A group of processes to whose memory the kernel keeps a limit that we set."""
    why = []
    for group in groups():
        try:
            group.folder.mkdir()
        except OSError as error:
            why.append(str(error))
            continue
        if (group.folder / group.limit).exists():
            break
        # Without the memory controller, or no control groups at all.
        group.folder.rmdir()
        why.append(f"{group.folder}: no {group.limit}")
    else:
        pytest.skip(f"SKIPPED: the kernel's memory controller cannot be used: {why}")
    yield group
    wait_for(lambda: not group.read(group.procs).split(), 10, "the end of what is in it")
    group.folder.rmdir()


def test_the_kernel_has_none_left(tmp_path: Path, broker: Broker, tight: Group) -> None:
    """It kills the vision process, however much more another one takes."""
    join = ("sh", "-c", f'echo $$ > {tight.folder / tight.procs} && exec "$@"', "sh")
    with at_work(tmp_path, broker, LIGHT, *join) as (stranger, daemon):
        pid = daemon.pid
        vision, taken = daemon.wait_vision(), int(tight.read(tight.usage))
        (tight.folder / tight.limit).write_text(str(taken + (400 << 20)))
        hog = [*join, sys.executable, "-c", HOG]
        with subprocess.Popen(
            hog, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as other:
            assert other.stdout is not None
            assert other.stdin is not None
            # No more than it needs: a process that has only begun is not the first to go yet.
            for megabytes in (360, *[10] * 50):
                other.stdin.write(f"{megabytes}\n")
                if other.stdout.readline() != "taken\n" or tight.kills:
                    break
            # The kernel passes over a process whose threads have all left but whose memory is not
            # given back yet, and may take the next one then: the other one, after it.
            assert daemon.wait_vision(other_than=vision)
            wait_for(lambda: "killed by SIGKILL" in str(restarts(stranger)["last"]), 20, "the kill")
            other.kill()
        goes_on(stranger)
        assert tight.kills > 0
        assert daemon.pid == pid
        assert set(restarts(stranger)["causes"]) == {"signal"}
