"""What the kernel tells of a process."""

import os
import signal
import subprocess
from pathlib import Path

from edgepose.service import proc
from tests.harness.freeze import frozen
from tests.harness.wait import wait_for


def test_memory_and_files_of_ourselves(tmp_path: Path) -> None:
    me = os.getpid()
    status = Path(f"/proc/{me}/status").read_text()
    wanted_mb = int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6
    assert abs((proc.memory_mb(me) or 0) - wanted_mb) < 20
    before = proc.open_files(me)
    assert before is not None
    with (tmp_path / "a").open("w"), (tmp_path / "b").open("w"):
        assert proc.open_files(me) == before + 2
    assert proc.open_files(me) == before


def test_of_nobody_nothing_is_known() -> None:
    assert (proc.memory_mb(None), proc.open_files(None)) == (None, None)
    gone = os.fork()
    if not gone:
        os._exit(0)
    os.waitpid(gone, 0)
    assert (proc.memory_mb(gone), proc.open_files(gone)) == (None, None)


def test_one_that_a_signal_has_stopped_and_one_that_a_debugger_holds() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        pid = sleeper.pid
        try:
            assert not proc.is_stopped(pid)
            with frozen([pid]):
                assert not proc.is_stopped(pid)
            sleeper.send_signal(signal.SIGSTOP)
            wait_for(lambda: proc.is_stopped(pid), 5, "its stop")
            sleeper.send_signal(signal.SIGCONT)
            wait_for(lambda: not proc.is_stopped(pid), 5, "that it goes on")
        finally:
            sleeper.kill()
    assert not proc.is_stopped(pid)


def test_the_machine_s_memory() -> None:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE") / 1e6
    assert abs((proc.total_mb() or 0) - pages) < 10
