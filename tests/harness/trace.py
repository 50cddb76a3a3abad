"""The system calls of a process tree, as strace saw them."""

import os
import re
from pathlib import Path
from typing import Final

CALLS: Final = "execve,clone,clone3,fork,vfork,socket,connect,io_uring_setup"
_CHANGING: Final = (
    "open openat openat2 creat rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir link"
    " linkat symlink symlinkat mknod mknodat truncate chmod fchmodat fchmodat2 utimensat"
)
# With a question mark: no machine has all of them.
_CHANGES: Final = ",".join(f"?{name}" for name in _CHANGING.split())
WRITING: Final = f"execve,clone,clone3,?fork,?vfork,{_CHANGES}"
_READS: Final = ("execve", "clone", "clone3", "fork", "vfork")
_FLAGS: Final = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)")
# A folder by its descriptor, which strace shows with its path, then a path that may lie in it.
_PATH: Final = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_CHILD: Final = re.compile(r"(?:clone3?|v?fork)\(.*\) += (\d+)")


def strace(folder: Path, calls: str = CALLS) -> tuple[str, ...]:
    """The prefix of a command that leaves one file for each thread in `folder`."""
    folder.mkdir()
    names = ("-e", f"trace={calls}", "-o", f"{folder}/t")
    return ("strace", "-ff", "-y", "--seccomp-bpf", "-qq", *names)


def written(calls: list[str], home: Path) -> list[Path]:
    """The files and folders that `calls`, of those in WRITING, have made, changed or removed, or
    opened in order to; `home` is where relative paths begin."""
    paths = []
    for call in calls:
        name = call.partition("(")[0]
        if name in _READS or re.search(r"= -1 E[A-Z]+ ", call):
            continue
        if name.startswith("open") and not _FLAGS.search(call):
            continue
        for folder, path in _PATH.findall(call):
            paths.append(Path(os.path.normpath(home / folder / path)))
    return paths


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
