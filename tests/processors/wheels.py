"""The locked wheels of a Pi, unpacked on a machine that is none.

pip chooses the wheels by the options for a foreign machine, but judges the markers of a lock by the
Python that it runs in; so the entries that hold on the Pi are picked here. The hashes are checked.
`RuntimeError` with pip's last words when it fails.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

PYTHON: Final = "3.13"
"""Debian trixie's."""
_ON_A_PI: Final = {
    "implementation_name": "cpython",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "python_full_version": f"{PYTHON}.0",
    "python_version": PYTHON,
    "sys_platform": "linux",
}
_GLIBC: Final = range(17, 42)
"""Minor versions that wheels are named after; trixie has the last."""


def for_a_pi(lock: Path) -> str:
    """Give the entries of a lock that hold on a Pi with `PYTHON`, without their markers."""
    kept = []
    for entry in re.split(r"\n(?=\S)", lock.read_text()):
        first, _, hashes = entry.partition("\\")
        if not first.strip() or first.startswith("#"):
            continue
        asked = Requirement(first)
        if asked.marker is None or asked.marker.evaluate(_ON_A_PI):
            kept.append(f"{asked.name}{asked.specifier} \\{hashes.rstrip()}\n")
    return "".join(kept)


def unpack(entries: str, target: Path, cache: Path) -> None:
    """Unpack the wheels of these entries into a folder of modules; `cache` is for the downloads."""
    wanted = target.with_name("wanted.txt")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.write_text(entries)
    tags = ["manylinux2014", *(f"manylinux_2_{minor}" for minor in _GLIBC)]
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"),
        *("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"),
        # Of the Python that runs pip, which is not the one that will import them.
        "--ignore-requires-python",
        *("--implementation=cp", f"--python-version={PYTHON}"),
        *(f"--platform={tag}_aarch64" for tag in tags),
        *(f"--cache-dir={cache}", f"--target={target}", f"--requirement={wanted}"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError("pip: " + " / ".join(done.stderr.splitlines()[-5:]))
    wanted.unlink()
