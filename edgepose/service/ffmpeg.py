"""ffmpeg as a child of the daemon: one that reads one stream into a pipe.

Owns the process and what is known of its end; its command line is `stream`'s, its words are put
into ours by `ffmpeg_words`. It ends of itself when nobody reads the pipe any more, and with the
daemon (`edgepose.vision.expendable`). What it is told of the address comes by its standard input.
Runs on the daemon's loop.
"""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from typing import Final, Self

from edgepose.service import child
from edgepose.service.clock import boottime_ns
from edgepose.service.ffmpeg_words import Reason, reason, scrubbed
from edgepose.service.stream import Stream

LEAVE_S: Final = 0.2
"""To say goodbye to the camera."""
WHY_S: Final = 3.0
"""For what has to be asked to know why it ended."""
MOST_LINES: Final = 20
"""What it says last is why it ends."""

log = logging.getLogger("edgepose.ffmpeg")


class Ffmpeg:
    """A started one. Made by `start`. `over` ends when it has, and its `reason` is known."""

    def __init__(self, process: asyncio.subprocess.Process, stream: Stream) -> None:
        self.reason: Reason | None = None
        """Why it has ended; None while it runs, and where we have ended it."""
        self._process = process
        self._stream = stream
        self._ended_by_us = False
        self.over: asyncio.Task[None] = asyncio.create_task(self._run())

    @classmethod
    async def start(cls, stream: Stream, to: int) -> Self:
        """Start one that writes to this descriptor, which stays the caller's. Raises OSError."""
        script, ours = os.pipe()
        try:
            # Far less than a pipe takes, so this does not wait.
            os.write(ours, stream.script())
        finally:
            os.close(ours)
        try:
            process = await child.start(
                "edgepose.vision.expendable", "ffmpeg", *stream.arguments(), stdin=script, stdout=to
            )
        finally:
            os.close(script)
        return cls(process, stream)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone; why may not be known yet."""
        return self._process.returncode is not None

    def kill(self) -> None:
        """SIGKILL, which also ends a process that is stopped."""
        self._ended_by_us = self._ended_by_us or not self.ended
        child.kill(self._process)

    async def end(self, patience_s: float) -> None:
        """Let it end of itself for so long, then make it. Afterwards it is gone, but for one that
        hangs in the kernel; and its `reason` is known."""
        await asyncio.wait([self.over], timeout=patience_s)
        if not self.ended:
            self._ended_by_us = True
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            await asyncio.wait([self.over], timeout=LEAVE_S)
            self.kill()
        await asyncio.wait([self.over], timeout=child.KILLED_S if self._ended_by_us else WHY_S)

    def close(self) -> None:
        """Nobody waits for it any more."""
        self.kill()
        self.over.cancel()

    async def _run(self) -> None:
        began_ns, lines = boottime_ns(), list[str]()
        async for line in child.lines(self._process):
            text = line.decode(errors="replace")
            log.debug("%s", scrubbed(text, self._stream))
            lines = [*lines, text][-MOST_LINES:]
        code = await self._process.wait()
        if self._ended_by_us:
            return
        found = reason(self._stream, lines, code, (boottime_ns() - began_ns) / 1e9)
        host = self._stream.host
        if found.silence is not None and host is not None and self._stream.why_silent is not None:
            why = await self._why_silent(host, found.silence)
            found = found if why is None else Reason(f"{found.words}: {why}")
        self.reason = found

    async def _why_silent(self, host: str, silence: OSError) -> str | None:
        """Ask on a thread that holds up neither the loop nor the end of the daemon."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()
        ask = self._stream.why_silent
        assert ask is not None

        def tell(why: str | None) -> None:
            if not answer.done():
                answer.set_result(why)

        def run() -> None:
            why = ask(host, silence)
            with contextlib.suppress(RuntimeError):
                # The loop may be gone by then.
                loop.call_soon_threadsafe(tell, why)

        threading.Thread(target=run, name="why-silent", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WHY_S):
                return await answer
        return None
