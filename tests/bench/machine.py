"""On what the numbers were measured.

Owns nothing. Reads /proc and the versions of what is installed; what is not known is null.
"""

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("edgepose", "mediapipe", "numpy", "paho-mqtt", "pydantic")


def describe() -> dict[str, Any]:
    """The machine, for the report. `load` is the load average of the last minute."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "model": _model(),
        "architecture": platform.machine(),
        "memory_mb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6),
        "kernel": platform.release(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "mosquitto": _mosquitto(),
        "versions": {package: _version(package) for package in PACKAGES},
    }


def _model() -> str | None:
    # Boards tell their name in the device tree, PCs that of their processor.
    board = Path("/proc/device-tree/model")
    if board.is_file():
        return board.read_text().rstrip("\0\n")
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else None


def _mosquitto() -> str | None:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
    if program is None:
        return None
    text = subprocess.run([program, "-h"], check=False, capture_output=True, text=True).stdout
    found = re.search(r"version (\S+)", text)
    return found[1] if found else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
