"""The calls by which programs connect, program by program, as strace saw them.

Each socket is shown with its kind. A program that runs already can be looked at, too, with all that
it starts, in whatever name space of process ids: so a whole machine of the rehearsal.
"""

import contextlib
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tests.harness.trace import CALLS
from tests.harness.wait import wait_for

_ADDRESSED: Final = f"{CALLS},bind,listen,sendto,sendmsg,sendmmsg"
"""All by which somebody can be reached, or can reach us."""
_OPTIONS: Final = (
    *("-ff", "-yy", "-qq", "--pidns-translation", "-s", "400"),
    *("-e", f"trace={_ADDRESSED}", "-e", "signal=none"),
)
_CHILD: Final = re.compile(r"(?:clone3?|v?fork)\(.*\) += (\d+)(?: /\* (\d+) in strace's PID NS)?")


def addressed(folder: Path) -> tuple[str, ...]:
    """The prefix of a command that leaves one file for each thread in `folder`."""
    folder.mkdir()
    return ("strace", *_OPTIONS, "--seccomp-bpf", "-o", f"{folder}/t")


@contextlib.contextmanager
def attached(folder: Path, pid: int) -> Iterator[None]:
    """The same of a process that is there already, and of those that it starts from now on."""
    folder.mkdir()
    with subprocess.Popen(["strace", *_OPTIONS, "-o", f"{folder}/t", "-p", str(pid)]) as tracer:
        try:
            wait_for(lambda: _tracer_of(pid) == tracer.pid, 10, f"strace at process {pid}")
            yield
        finally:
            tracer.send_signal(signal.SIGTERM)


def by_program(folder: Path, names: Mapping[str, str]) -> dict[str, list[str]]:
    """The calls of each program, and of its children but for those that are another one of them.

    `names`: what each is called, by a piece of its command line as strace writes it.
    """
    calls: dict[str, list[str]] = {name: [] for name in names.values()}
    files = {
        path.suffix[1:]: path.read_text(errors="replace").splitlines() for path in folder.iterdir()
    }
    children = {child for lines in files.values() for line in lines for child in _children(line)}
    waiting = [(pid, "") for pid in files if pid not in children]
    while waiting:
        pid, name = waiting.pop()
        for line in files.get(pid, []):
            if line.startswith("execve(") and line.endswith(" = 0"):
                name = next((names[words] for words in names if words in line), name)
            calls.setdefault(name, []).append(line)
            waiting += [(child, name) for child in _children(line)]
    return calls


def _children(line: str) -> list[str]:
    """The process or thread that a call has begun, as strace numbers it."""
    return [outside or inside for inside, outside in _CHILD.findall(line)]


def _tracer_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("TracerPid:")[2].split()[0])
