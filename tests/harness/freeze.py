"""Freezing some threads of another process: an engine that never answers, for real.

A debugger's way: ptrace(2) attaches to each thread and leaves it stopped.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_SEIZE, _INTERRUPT, _DETACH = 0x4206, 0x4207, 17  # sys/ptrace.h
_WALL: Final = 0x40000000  # linux/wait.h
_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def threads_of(pid: int, name: str, *, at_work: bool = False) -> list[int]:
    """Every thread of `pid` whose name begins with `name`; `at_work`: that runs at this moment."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        # One may end meanwhile.
        with contextlib.suppress(OSError):
            if not (task / "comm").read_text().startswith(name):
                continue
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
            if state == "R" or not at_work:
                found.append(int(task.name))
    return found


@contextlib.contextmanager
def frozen_threads(pid: int, name: str) -> Iterator[None]:
    """Stop every thread of `pid` whose name begins with `name`."""
    threads = threads_of(pid, name)
    assert threads, f"no thread of {pid} is called {name}"
    with frozen(threads):
        yield


@contextlib.contextmanager
def frozen(threads: list[int]) -> Iterator[None]:
    """Stop these threads, given by their ids."""
    for thread in threads:
        _ptrace(_SEIZE, thread)
        _ptrace(_INTERRUPT, thread)
        os.waitpid(thread, _WALL)
    try:
        yield
    finally:
        # The first thread of a process is not gone before all others are.
        for thread in reversed(threads):
            try:
                _ptrace(_DETACH, thread)
            except ProcessLookupError:
                # Its process has ended meanwhile, but is not gone before we let go of it.
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(thread, _WALL)


def _ptrace(request: int, thread: int) -> None:
    if _libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {thread}")
