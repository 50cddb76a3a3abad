"""The system calls of a process tree, as strace saw them."""

import re
from pathlib import Path
from typing import Final

CALLS: Final = "execve,clone,clone3,fork,vfork,socket,connect,io_uring_setup"
_CHILD: Final = re.compile(r"(?:clone3?|v?fork)\(.*\) += (\d+)")


def strace(folder: Path) -> tuple[str, ...]:
    """The prefix of a command that leaves one file for each thread in `folder`."""
    folder.mkdir()
    return ("strace", "-ff", "--seccomp-bpf", "-qq", "-e", f"trace={CALLS}", "-o", f"{folder}/t")


def calls_of(folder: Path, program: str) -> list[str]:
    """The calls of the process that executed `program`, and of all its threads and children."""
    roots = [
        path
        for path in folder.iterdir()
        if any("execve(" in line and program in line for line in path.read_text().splitlines())
    ]
    assert roots, f"strace saw nobody execute {program}"
    calls: list[str] = []
    waiting = list(roots)
    while waiting:
        path = waiting.pop()
        lines = path.read_text(errors="replace").splitlines()
        calls += lines
        waiting += [
            child
            for line in lines
            for pid in _CHILD.findall(line)
            if (child := folder / f"t.{pid}").exists()
        ]
    return calls


def succeeded(calls: list[str], name: str) -> list[str]:
    """Those of `calls` that are `name` and did not fail; one that has not returned yet counts."""
    return [c for c in calls if c.startswith(f"{name}(") and not re.search(r"= -1 E[A-Z]+ ", c)]
