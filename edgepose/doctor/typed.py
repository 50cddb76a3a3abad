"""Commands as they can be typed here: `edgepose` is not on everybody's PATH.

Checks write `edgepose ...`; `typed` makes of it what this machine, and `sudo`, find. Looks at the
file system. Runs on any thread. Raises nothing.
"""

import os
import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding

_OURS: Final = re.compile(r"^(sudo )?edgepose (doctor(?!\S))?", re.MULTILINE)
_SUDO_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Debian's secure_path."""


def typed(finding: Finding, case: Case) -> Finding:
    """The finding whose commands name the program as this person can, and the same file again."""
    if finding.todo is None:
        return finding

    def command(found: re.Match[str]) -> str:
        sudo, doctor = found[1] or "", found[2] or ""
        file = f" {shlex.quote(str(case.asked))}" if doctor and case.asked is not None else ""
        return f"{sudo}{program(case, sudo=bool(sudo))} {doctor}{file}"

    return replace(finding, todo=_OURS.sub(command, finding.todo))


def program(case: Case, *, sudo: bool = False) -> str:
    """What starts edgepose: its name where the shell, or `sudo`, finds it, else its place."""
    if shutil.which("edgepose", path=_SUDO_PATH if sudo else None):
        return "edgepose"
    own = case.prefix / "bin" / "edgepose"
    if not own.exists():
        return f"{shlex.quote(str(case.python))} -m edgepose"
    near = os.path.relpath(own)
    return shlex.quote(str(own) if near.startswith("..") else near)


def nano(case: Case, file: Path, line: int | None = None) -> str:
    """Edit a file, as whoever may write it."""
    place = "" if line is None else f"+{line} "
    return f"{'' if _may_write(file) or case.root else 'sudo '}nano {place}{shlex.quote(str(file))}"


def _may_write(file: Path) -> bool:
    return os.access(file if file.exists() else file.parent, os.W_OK)
