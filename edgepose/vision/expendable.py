"""A child of the daemon is expendable: it goes with the daemon, and before it.

Called first of all in the child, on its main thread. Raises nothing. A program that is not ours
becomes expendable by `python -m edgepose.vision.expendable PROGRAM ARGUMENT...`: it takes the place
of that process, with nothing of its environment but where programs are found.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

PARENT: Final = "EDGEPOSE_PARENT"
"""The variable in which the daemon gives its process id to a child."""
OOM_SCORE: Final = 800
"""Added to the share of memory that a process takes, in thousandths (proc_pid_oom_score_adj(5)): it
comes before everything that takes less than four fifths of the machine. Anybody may raise it."""
_PR_SET_PDEATHSIG: Final = 1
"""linux/prctl.h"""


def enter() -> None:
    """From now on the kernel kills this process when the thread that started it ends, which in the
    daemon is the main thread; and it is the first to go when memory is short."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    parent = os.environ.get(PARENT)
    if parent is not None and parent != str(os.getppid()):
        # It died before the kernel was told.
        os._exit(0)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE))


def become(program: str, *arguments: str) -> None:
    """Be this program from now on. Returns only where there is none."""
    enter()
    with contextlib.suppress(OSError, ValueError):
        # Else what it holds of an address would be on the disk after a crash.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path = os.environ.get("PATH", os.defpath)
    with contextlib.suppress(FileNotFoundError):
        os.execvpe(program, (program, *arguments), {"PATH": path, "LC_ALL": "C.UTF-8"})


if __name__ == "__main__":
    become(*sys.argv[1:])
    sys.exit(f"{sys.argv[1]}: there is no such program")
