"""The machine that is measured: board, memory, heat, and what a process takes of it.

Reads /proc, /sys and /etc; writes nothing. What the kernel does not tell is None. Runs on any
thread; raises nothing but OSError for a process that is gone.
"""

import os
import platform
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

ROOT: Final = Path("/")
PACKAGES: Final = (
    "edgepose",
    "mediapipe",
    "ai-edge-litert",
    "numpy",
    "opencv-contrib-python",
    "opencv-python-headless",
)
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Machine:
    """What can be told of it without naming its owner. `versions`: what is not installed is None.

    `cores`: those this process may use. Memory is in millions of bytes.
    """

    board: str | None
    cores: int
    memory_mb: int
    free_mb: int | None
    system: str | None
    kernel: str
    architecture: str
    python: str
    versions: dict[str, str | None]


def describe(root: Path = ROOT) -> Machine:
    """The machine. `root` is where /proc and /etc are."""
    return Machine(
        board=_board(root),
        cores=len(os.sched_getaffinity(0)),
        memory_mb=round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6),
        free_mb=_kilobytes(root / "proc/meminfo", "MemAvailable"),
        system=_found(root / "etc/os-release", r'^PRETTY_NAME="?(.*?)"?$'),
        kernel=platform.release(),
        architecture=platform.machine(),
        python=platform.python_version(),
        versions={package: _version(package) for package in PACKAGES},
    )


def others(root: Path = ROOT) -> dict[int, bool]:
    """Vision processes that run already, by their ids, and whether each is the service's: others
    are of a demo, or of whoever runs edgepose by hand."""
    return {
        int(folder.name): "/edgepose.service" in _text(folder / "cgroup")
        for folder in (root / "proc").glob("[0-9]*")
        if "edgepose.vision" in _text(folder / "cmdline").split("\0")
    }


def cpu_s(pid: int) -> float:
    """Seconds of processor time that a process has had, all its threads together."""
    # Behind the name, which may hold anything, from the third field on.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb(pid: int) -> int | None:
    """The most resident memory that a process has had, in millions of bytes."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM")


def _board(root: Path) -> str | None:
    # Boards tell their name in the device tree, PCs that of their processor.
    board = _text(root / "proc/device-tree/model").rstrip("\0\n")
    return board or _found(root / "proc/cpuinfo", r"^model name\s*: (.*)$")


def _kilobytes(file: Path, name: str) -> int | None:
    found = _found(file, rf"^{name}:\s+(\d+) kB$")
    return None if found is None else round(int(found) * 1024 / 1e6)


def _found(file: Path, pattern: str) -> str | None:
    found = re.search(pattern, _text(file), re.MULTILINE)
    return found[1] if found else None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        # Not on this machine, hidden from this user, or just gone.
        return ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
