"""The power fails at any step of a reload: the next start has a camera and a whole config."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgepose.config.load import parse
from edgepose.config.plan import masked
from edgepose.mqtt.delivery import WILL_DELAY_S
from edgepose.reload.watch import LOOK_S
from tests.harness.broker import Broker
from tests.harness.site import Site, at_work, connects, digest, opened, text, wait_till
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
STANDING: dict[str, dict[str, Any]] = {"camera": {"scene": "standing"}}


@dataclass(frozen=True)
class Outage:
    """What lived when the daemon was killed, and both configs."""

    old: bytes
    new: bytes
    visions: list[int]


def killed(site: Site, visions: list[int], old: bytes) -> Outage:
    """Kill the daemon; what it left behind of its vision processes is to go by itself."""
    if site.daemon.pid:
        os.kill(site.daemon.pid, signal.SIGKILL)
    site.daemon.process.wait(10)
    return Outage(old, site.daemon.config.read_bytes(), visions)


def gone(pid: int) -> bool:
    """Whether it has ended; nobody may be there to ask for its exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def judge(folder: Path, broker: Broker, outage: Outage) -> None:
    """Start again on what was left; it works, with one of the two, and remembers a whole one."""
    wait_for(lambda: all(map(gone, outage.visions)), 10, "no vision process is left")
    if (memory := folder / "state" / "config.json").exists():
        held = json.loads(memory.read_text())
        assert held["good"].encode() in (outage.old, outage.new)
    with opened(folder, broker, outage.new) as site:
        site.stranger.wait_poses(3, 40)
        report = site.wait_report(lambda said: said["last"]["from"] == "start")
        (running,) = [
            each for each in (outage.old, outage.new) if digest(each) == report["running"]
        ]
        assert report["config"] == masked(parse(running, site.daemon.config))
        # In force, not only said so.
        size = tuple(report["config"]["camera"]["size"])
        assert site.stranger.poses()[-1].size == size
        assert site.stranger.poses()[-1].set == report["config"]["messages"]["landmarks"]
        assert len(site.daemon.vision_pids) == 1
        # Nobody took the new one back before, so it is tried now, and works.
        site.wait_report(lambda said: said["running"] == digest(outage.new))
        wait_for(lambda: site.memory["good"].encode() == outage.new, 10, "the memory of it")
        assert site.memory["bad"] is None
        site.wait_health(lambda said: said["status"] == "ok")
        site.end()


def before_it_is_read(site: Site, new: bytes) -> Outage:
    old, visions = site.daemon.config.read_bytes(), site.daemon.vision_pids
    site.daemon.save(new)
    return killed(site, visions, old)


def while_the_old_one_is_to_stop(site: Site, new: bytes) -> Outage:
    old, vision = site.daemon.config.read_bytes(), site.daemon.wait_vision()
    # It hears nothing now, so that the daemon waits for it.
    os.kill(vision, signal.SIGSTOP)
    try:
        site.daemon.save(new)
        # Nobody outside sees the stop that is said; five looks at the file are enough for it.
        wait_till(time.monotonic() + 5 * LOOK_S)
        assert site.daemon.vision_pids == [vision]
        outage = killed(site, [vision], old)
    finally:
        # It goes with the daemon, also while it is stopped.
        with contextlib.suppress(ProcessLookupError):
            os.kill(vision, signal.SIGCONT)
    return outage


def while_the_new_one_starts(site: Site, new: bytes) -> Outage:
    old, vision = site.daemon.config.read_bytes(), site.daemon.wait_vision()
    site.daemon.save(new)
    started = site.daemon.wait_vision(other_than=vision)
    return killed(site, [vision, started], old)


def while_it_is_proved(site: Site, new: bytes) -> Outage:
    old, vision = site.daemon.config.read_bytes(), site.daemon.wait_vision()
    site.daemon.save(new)
    started = site.daemon.wait_vision(other_than=vision)
    wait_for(lambda: loaded(started, "litert"), 20, "the engine is being opened", 0.002)
    os.kill(started, signal.SIGSTOP)
    try:
        outage = killed(site, [vision, started], old)
    finally:
        # It goes with the daemon, also while it is stopped.
        with contextlib.suppress(ProcessLookupError):
            os.kill(started, signal.SIGCONT)
    return outage


def loaded(pid: int, name: str) -> bool:
    """Whether a process has mapped a library of this name."""
    try:
        return name in Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False


def when_it_has_just_worked(site: Site, new: bytes) -> Outage:
    old, vision = site.daemon.config.read_bytes(), site.daemon.wait_vision()
    site.daemon.save(new)
    started = site.daemon.wait_vision(other_than=vision)
    wait_for(lambda: any(p.size == (160, 120) for p in site.stranger.packed()), 20, "a pose", 0.001)
    return killed(site, [vision, started], old)


STEPS: list[Callable[[Site, bytes], Outage]] = [
    before_it_is_read,
    while_the_old_one_is_to_stop,
    while_the_new_one_starts,
    while_it_is_proved,
    when_it_has_just_worked,
]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(each, marks=[pytest.mark.slow] if each is not while_it_is_proved else [])
        for each in STEPS
    ],
    ids=lambda step: step.__name__,
)
def test_a_kill_in_the_middle_of_a_rebuild(
    tmp_path: Path, broker: Broker, step: Callable[[Site, bytes], Outage]
) -> None:
    with at_work(tmp_path, broker) as site:
        new = site.text({"camera": {"size": [160, 120]}, "messages": {"landmarks": "coco17"}})
        outage = step(site, new)
    judge(tmp_path, broker, outage)


@contextmanager
def to_be_killed(site: Site, call: str, when: int) -> Iterator[None]:
    """Kill the daemon at one of its calls that have to do with the memory, counted from now on.

    The call is entered, and never done. strace counts for each thread by itself; one thread does
    one writing.
    """
    paths = [site.state / "config.new", site.state / "config.json", site.state]
    what = [word for path in paths for word in ("-P", str(path))]
    fault = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}"]
    out = ["-o", str(site.folder / "calls")]
    pid = site.daemon.pid
    tracer = subprocess.Popen(["strace", "-f", "-qq", *what, *fault, *out, "-p", str(pid)])
    try:
        tasks = Path(f"/proc/{pid}/task")
        wait_for(lambda: all(map(is_traced, tasks.iterdir())), 10, "strace has them all")
        yield
    finally:
        if site.daemon.process.poll() is None:
            os.kill(pid, signal.SIGKILL)
        tracer.wait(10)


def is_traced(thread: Path) -> bool:
    """Whether somebody does; one that has ended meanwhile does nothing any more."""
    try:
        return "TracerPid:\t0\n" not in (thread / "status").read_text()
    except OSError:
        return True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "when"), [("openat", 1), ("write", 1), ("fsync", 1), ("rename", 1), ("fsync", 2)]
)
def test_a_kill_while_the_memory_is_written(
    tmp_path: Path, broker: Broker, call: str, when: int
) -> None:
    with at_work(tmp_path, broker) as site:
        old, visions = site.daemon.config.read_bytes(), site.daemon.vision_pids
        # Written when it connects, and to be over.
        wait_for(lambda: site.memory["left_behind"], 10, "the memory of its name")
        with to_be_killed(site, call, when):
            site.daemon.save(site.text({"messages": {"landmarks": "coco17"}}))
            assert site.daemon.process.wait(20) == -signal.SIGKILL
        outage = Outage(old, site.daemon.config.read_bytes(), visions)
    held = json.loads((tmp_path / "state" / "config.json").read_text())["good"].encode()
    # Before the rename it is the old one, behind it the new one.
    assert held == (outage.new if (call, when) == ("fsync", 2) else outage.old)
    judge(tmp_path, broker, outage)


@pytest.mark.slow
def test_a_kill_while_another_broker_is_asked(tmp_path: Path, broker: Broker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with at_work(tmp_path, broker) as site:
            old, visions = site.daemon.config.read_bytes(), site.daemon.vision_pids
            site.daemon.save(site.text({"mqtt": {"port": silent.getsockname()[1]}}))
            asking, _ = silent.accept()
            with asking:
                outage = killed(site, visions, old)
        # The power is back, and the edit was mended meanwhile.
        mended = Outage(old, text(broker.port, STANDING), outage.visions)
        judge(tmp_path, broker, mended)


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_move(tmp_path: Path, broker: Broker) -> None:
    with Broker(tmp_path) as second:
        with at_work(tmp_path, broker) as site:
            old, visions = site.daemon.config.read_bytes(), site.daemon.vision_pids
            # It acknowledges nothing, so that leaving it takes its second.
            broker.signal(signal.SIGSTOP)
            site.daemon.save(text(second.port))
            # The new one has let it in: what follows is the leaving.
            wait_for(lambda: connects(second, tmp_path), 10, "the second connection", 0.002)
            outage = killed(site, visions, old)
            broker.signal(signal.SIGCONT)
        judge(tmp_path, second, outage)


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_proof_that_would_have_failed(
    tmp_path: Path, broker: Broker
) -> None:
    """The new file never worked, and at the next start it is taken back to the one that did."""
    (tmp_path / "empty").mkdir()
    with at_work(tmp_path, broker) as site:
        old, vision = site.daemon.config.read_bytes(), site.daemon.wait_vision()
        tried = {"camera": {"source": "uri", "uri": "empty"}, "reload": {"confirm_within": 5}}
        site.daemon.save(new := site.text(tried))
        started = site.daemon.wait_vision(other_than=vision)
        os.kill(started, signal.SIGSTOP)
        try:
            outage = killed(site, [vision, started], old)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(started, signal.SIGCONT)
        assert site.memory["bad"] is None
    wait_for(lambda: all(map(gone, outage.visions)), 10, "no vision process is left")
    with opened(tmp_path, broker, new) as site:
        site.stranger.wait_poses(3, 40)
        report = site.wait_report(lambda said: said["last"]["result"] == "rolled_back")
        assert (report["running"], report["on_disk"]) == (digest(old), digest(new))
        assert report["last"]["from"] == "start"
        wait_for(lambda: site.memory["bad"], 10, "the memory of it")
        assert site.memory["bad"][0].startswith(digest(new))
        site.wait_health(lambda said: said["status"] == "degraded")
        assert "OLD CONFIG" in site.daemon.log
        site.end()


@pytest.mark.slow
def test_a_name_that_was_changed_while_the_power_was_off(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        wait_for(lambda: site.memory["left_behind"], 10, "the memory of its name")
        outage = killed(site, site.daemon.vision_pids, site.daemon.config.read_bytes())
        renamed = site.text({"device": {"id": "other"}})
    wait_for(lambda: all(map(gone, outage.visions)), 10, "no vision process is left")
    with opened(tmp_path, broker, renamed) as site:
        site.fresh_poses(3)
        wait_for(lambda: site.late("edgepose/tested/#") == {}, 10, "nothing under the old name")
        # The will of the connection that was cut comes with a delay.
        wait_till(time.monotonic() + WILL_DELAY_S + 1)
        wait_for(lambda: site.late("edgepose/tested/#") == {}, 30, "nothing under the old name")
        assert site.late("edgepose/#")["edgepose/other/availability"] == b"online"
        site.end()
