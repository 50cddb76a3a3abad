"""What the kernel tells of a process: memory, open files, and whether it was stopped.

Reads /proc. Runs on any thread; raises nothing: what is not told is None, or False.
"""

import functools
import os
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_PAGE_BYTES: Final = os.sysconf("SC_PAGESIZE")


def memory_mb(pid: int | None) -> int | None:
    """Resident memory, in millions of bytes."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        # There is none, it has just ended, or /proc is hidden.
        return None
    return round(pages * _PAGE_BYTES / 1e6)


def open_files(pid: int | None) -> int | None:
    """How many descriptors it has open."""
    try:
        with os.scandir(PROC / str(pid) / "fd") as entries:
            count = sum(1 for _ in entries)
    except OSError:
        return None
    # Looking at our own opens one more.
    return count - (pid == os.getpid())


def is_stopped(pid: int) -> bool:
    """Whether a signal has stopped it (SIGSTOP), until another one lets it go on; not where a
    debugger holds it."""
    try:
        # Behind the name, which may hold anything: proc_pid_stat(5).
        return (PROC / str(pid) / "stat").read_bytes().rpartition(b") ")[2][:1] == b"T"
    except OSError:
        return False


@functools.cache
def total_mb() -> int | None:
    """The machine's memory, in millions of bytes; read once."""
    try:
        text = (PROC / "meminfo").read_text()
        return round(int(text.split("MemTotal:")[1].split()[0]) * 1024 / 1e6)
    except (OSError, IndexError, ValueError):
        return None
