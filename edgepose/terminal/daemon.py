"""`edgepose run` as a child process: started, listened to, ended.

On the loop's thread, which must be the main thread: the kernel ends the child when the thread
that made it ends. Raises OSError where no process can be started.
"""

import asyncio
import contextlib
import ctypes
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Final, Self

STOP_S: Final = 5.0
"""SIGTERM ends a daemon within 2 s; one that takes longer than this is killed."""
_PR_SET_PDEATHSIG: Final = 1
"""linux/prctl.h"""
_LEVEL: Final = re.compile("(?:WARNING|ERROR|CRITICAL): ")
_NO_TROUBLE: Final = re.compile("(?:DEBUG|INFO): ")
_libc: Final = ctypes.CDLL(None)


class Daemon:
    """A running daemon. Made by `start`; `over` ends with the process, with its exit status.

    `last_line` is the newest line on its stderr that tells of trouble, without the level.
    """

    def __init__(self, process: Process) -> None:
        self.last_line = ""
        self._process = process
        self.over: asyncio.Task[int] = asyncio.create_task(self._live())

    @classmethod
    async def start(cls, config: Path) -> Self:
        """Start it. Nothing but the main thread may run yet."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                # Not the current directory, whatever lies there.
                "-P",
                "-m",
                "edgepose",
                "run",
                "--config",
                str(config),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=PIPE,
                # Ctrl-C is for us, who then end it in good order.
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        )

    async def _live(self) -> int:
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:
                # Longer than anybody reads; the stream goes on behind it.
                continue
            if not line:
                return await self._process.wait()
            text = line.decode(errors="replace").strip()
            if text and not _NO_TROUBLE.match(text):
                self.last_line = _LEVEL.sub("", text, count=1)

    async def stop(self) -> int:
        """SIGTERM, and the exit status; SIGKILL after `STOP_S`."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self.over.done():
                with contextlib.suppress(ProcessLookupError):
                    self._process.send_signal(number)
                await asyncio.wait([self.over], timeout=STOP_S)
        return await self.over


def _end_with_parent() -> None:
    # Also when we are killed and cannot say a word any more.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
