"""A module of `vision/` as a child process: how it is started, read and named when it ends.

Runs on the daemon's loop.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from typing import Final

_SECRETS: Final = re.compile("NOTIFY_SOCKET|CREDENTIALS_DIRECTORY|WATCHDOG_.*")
"""What systemd gives the daemon, and the daemon alone."""
_PARENT: Final = "EDGEPOSE_PARENT"
"""By which a child knows whether we are still there: `edgepose.vision.expendable`."""
_GIVES_UP: Final = (signal.SIGABRT, signal.SIGILL, signal.SIGTRAP)
"""By which programs end themselves, after a line that says why. MediaPipe's library takes SIGILL
on a processor that lacks what it was built for."""
KILLED_S: Final = 0.3
"""For a process to go that was killed, when the daemon itself has to go."""


async def start(
    module: str,
    *arguments: str,
    pass_fds: tuple[int, ...] = (),
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    """Start `python -m module`; what it writes comes by its stdout, or, where that goes elsewhere,
    what it writes to its stderr.

    It goes with the thread that calls this: see `edgepose.vision.expendable`.
    """
    theirs = stdout != asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable,
        # Not the current directory, whatever lies there.
        "-P",
        "-m",
        module,
        *arguments,
        stdin=stdin,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE if theirs else asyncio.subprocess.STDOUT,
        pass_fds=pass_fds,
        env={
            **{k: v for k, v in os.environ.items() if not _SECRETS.fullmatch(k)},
            _PARENT: str(os.getpid()),
        },
        # Ctrl-C in a terminal is for the daemon, which then says stop.
        start_new_session=True,
    )


async def lines(process: asyncio.subprocess.Process) -> AsyncIterator[bytes]:
    """Each line that it writes, bare of what stands around it, until nobody can write any more."""
    words = process.stdout or process.stderr
    assert words is not None
    while True:
        try:
            line = await words.readline()
        except ValueError:
            # Longer than anybody reads; the stream goes on behind it.
            continue
        if not line:
            return
        # Some libraries end their last words as C does.
        yield line.strip(b"\0 \t\r\n")


def kill(process: asyncio.subprocess.Process) -> None:
    """SIGKILL, which also ends a process that is stopped."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def describe_end(code: int, last_line: str) -> str:
    """Why it ended, for people. `code`: exit status, or minus the signal that ended it."""
    text = f"exit status {code}"
    if code < 0:
        # Real-time signals have no names.
        known = -code in set(signal.Signals)
        text = f"killed by {signal.Signals(-code).name if known else f'signal {-code}'}"
    # Whoever is killed from outside, or trips, has said nothing about it.
    own_doing = code > 0 or -code in _GIVES_UP
    return f"{text} ({last_line})" if own_doing and last_line else text
