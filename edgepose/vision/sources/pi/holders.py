"""Which processes have a camera's devices.

Owns nothing; reads /proc. Runs on any thread. Raises nothing.
"""

import os
import re
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Final

_LOCK: Final = re.compile(r"\d+: POSIX +\w+ +WRITE (\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) ")
"""A line of /proc/locks, proc_locks(5): process, major and minor in hex, inode."""


def holders(devices: Iterable[Path]) -> list[str]:
    """Name the other processes that hold a device, as far as this user may see them.

    libcamera locks the media device of a camera that it uses, so the holder of the lock is the
    one; a program without libcamera has its video device open.
    """
    paths = list(devices)
    return lockers(paths) or openers(paths)


def lockers(devices: Iterable[Path], but: Set[int] = frozenset()) -> list[str]:
    """Name the processes, but for those with these numbers, that use a camera by libcamera."""
    return _names(_lockers(devices) - but)


def openers(devices: Iterable[Path], but: Set[int] = frozenset()) -> list[str]:
    """Name the processes, but for those with these numbers, that have a device open. That alone
    does not keep others from using the camera."""
    return _names(_openers(set(devices)) - but)


def _names(pids: Set[int]) -> list[str]:
    return [f"{_name(pid)} (process {pid})" for pid in sorted(pids - {0, os.getpid()})]


def _lockers(paths: Iterable[Path]) -> set[int]:
    files = set()
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            # It has just gone.
            continue
        files.add((os.major(status.st_dev), os.minor(status.st_dev), status.st_ino))
    try:
        locks = Path("/proc/locks").read_text()
    except OSError:
        # Hidden by the service's sandbox (ProcSubset=pid).
        return set()
    return {
        int(pid)
        for pid, major, minor, inode in _LOCK.findall(locks)
        if (int(major, 16), int(minor, 16), int(inode)) in files
    }


def _openers(paths: set[Path]) -> set[int]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(link.readlink() in paths for link in (process / "fd").iterdir()):
                found.add(int(process.name))
        except OSError:
            # Another user's, or it has just ended.
            continue
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "unknown"
