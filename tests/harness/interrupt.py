"""Ctrl-C for a program that waits."""

import os
import signal
from pathlib import Path

from tests.harness.wait import wait_for


def interrupt(pid: int) -> None:
    """SIGINT, once the main thread waits without a limit of time. One that comes when it is about
    to is not heard before the next one: Python has looked for signals by then."""
    wait_for(lambda: _waits(pid), 20, "that it waits")
    os.kill(pid, signal.SIGINT)


def _waits(pid: int) -> bool:
    # proc_pid_syscall(5): the number, then what it was called with; of futex(2) the fourth is the
    # limit of time, which a thread that waits for Python's lock has.
    call = Path(f"/proc/{pid}/syscall").read_text().split()
    return len(call) > 4 and call[4] == "0x0"
