"""One run of the vision process: its pipe of lines, its end of the link, its page; and ffmpeg,
which reads for it what is on a network.

Runs on the daemon's loop.
"""

import asyncio
import contextlib
import logging
import os
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Self

from edgepose.messages import control, observation, picture
from edgepose.messages.observation import Event, Observation
from edgepose.messages.page import Page
from edgepose.messages.picture import Picture
from edgepose.messages.report import Cause
from edgepose.service import child, proc
from edgepose.service.clock import boottime_ns
from edgepose.service.ended import Ended
from edgepose.service.engine import shortened
from edgepose.service.ffmpeg import Ffmpeg
from edgepose.service.stream import Stream

_LEVEL: Final = re.compile(rb"<(\d+)>(.*)")

LAST_WORDS_S: Final = 0.5
"""For the lines of a process that has ended; a child of its own could hold the pipe open."""
FAILURE_LONGEST: Final = 500
"""Characters of what it says of its own failure, which ends with what to do."""

log = logging.getLogger("edgepose.vision")


class VisionRun:
    """A started vision process. Made by `start`.

    `over` ends with the process; `failure` is what it said of itself before; `finished` tells
    that its source had no more frames; `ready_ns` (CLOCK_BOOTTIME) that camera and engine are
    open.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        link: socket.socket,
        page: Page,
        receive: Callable[[Observation | Event], None],
        receive_picture: Callable[[Picture], None],
        *,
        ffmpeg: Ffmpeg | None = None,
    ) -> None:
        self.page = page
        self.ready_ns: int | None = None
        self.failure: dict[str, Any] | None = None
        self.finished = False
        self.received = 0
        """Observations so far."""
        self._process = process
        self._link = link
        self._receive = receive
        self._receive_picture = receive_picture
        self._ffmpeg = ffmpeg
        self._last_line = ""
        self._loop = asyncio.get_running_loop()
        self._reading = True
        self._killed = False
        self._loop.add_reader(link, self.drain)
        self.over: asyncio.Task[int] = asyncio.create_task(process.wait())
        self._lines = asyncio.create_task(self._relay_lines())

    @classmethod
    async def start(
        cls,
        configure: control.Configure,
        receive: Callable[[Observation | Event], None],
        receive_picture: Callable[[Picture], None] = lambda _picture: None,
        *,
        stream: Stream | None = None,
    ) -> Self:
        """Start the process and tell it what to do; before it ffmpeg, where there is a stream.
        Raises OSError where none can be started."""
        with contextlib.ExitStack() as ends, contextlib.ExitStack() as theirs_alone:
            # All that may fail for want of descriptors comes before the process.
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ends.callback(ours.close)
            theirs_alone.callback(theirs.close)
            page_fd = Page.create()
            theirs_alone.callback(os.close, page_fd)
            page = Page(page_fd)
            ends.callback(page.close)
            ours.setblocking(False)
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, observation.SEND_BUFFER)
            fds: tuple[int, ...] = (theirs.fileno(), page_fd)
            arguments = [str(fd) for fd in fds]
            ffmpeg = None
            if stream is not None:
                pictures, to = os.pipe()
                theirs_alone.callback(os.close, pictures)
                theirs_alone.callback(os.close, to)
                fds = (*fds, pictures)
                configure = replace(configure, stream=pictures)
                # First: it asks the camera while the vision process starts.
                ffmpeg = await Ffmpeg.start(stream, to)
                ends.callback(ffmpeg.close)
            # Cancelled as well: a process that was started sees its end of the link closed.
            process = await child.start("edgepose.vision", *arguments, pass_fds=fds)
            ends.pop_all()
        run = cls(process, ours, page, receive, receive_picture, ffmpeg=ffmpeg)
        run.send(configure)
        return run

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def _pids(self) -> list[int]:
        """The process, and ffmpeg while it runs."""
        ffmpeg = self._ffmpeg
        return [self.pid, *([] if ffmpeg is None or ffmpeg.ended else [ffmpeg.pid])]

    @property
    def memory_mb(self) -> int | None:
        """Resident memory, ffmpeg's included, in millions of bytes."""
        vision_mb, *others_mb = map(proc.memory_mb, self._pids())
        return None if vision_mb is None else vision_mb + sum(mb or 0 for mb in others_mb)

    @property
    def stopped(self) -> bool:
        """Whether a signal has stopped it, or ffmpeg, without which it does not get on either."""
        return any(map(proc.is_stopped, self._pids()))

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.over.done()

    @property
    def exit_code(self) -> int | None:
        """Exit status, or minus the signal that ended it; None while it runs."""
        return self._process.returncode

    def worked_s(self, until_ns: int) -> float:
        """For how long it has worked, seconds, where it did so until then (CLOCK_BOOTTIME); 0
        before its first answer."""
        if not self.received or self.ready_ns is None:
            return 0.0
        return max(0.0, (until_ns - self.ready_ns) / 1e9)

    def send(self, command: control.Command) -> None:
        """Send a command. A process that is gone or does not read is found out elsewhere."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, BlockingIOError):
            self._link.send(control.encode(command))

    async def _relay_lines(self) -> None:
        async for line in child.lines(self._process):
            self._relay(line)

    def _relay(self, line: bytes) -> None:
        level = _LEVEL.fullmatch(line)
        text = (level[2] if level else line).decode(errors="replace")
        # Lines without a level are the libraries' own chatter, but the last one before a
        # death by signal is often the reason.
        log.log(int(level[1]) if level else logging.DEBUG, "%s", text)
        if text:
            self._last_line = shortened(text)

    def drain(self) -> None:
        """Take every packet that has arrived."""
        while self._reading:
            try:
                packet, fds, _flags, _ = socket.recv_fds(
                    self._link, observation.MAX_PACKET, 1, socket.MSG_CMSG_CLOEXEC
                )
            except BlockingIOError:
                return
            except ConnectionResetError:
                # Said first when the process died with a command of ours unread; what it had sent
                # is still there, and behind it the end.
                continue
            if not packet:
                self._stop_reading()
                return
            try:
                self._open(packet, fds)
            except ValueError as error:
                self.failure = {"part": "link", "message": str(error)}
                self.kill()
            finally:
                for fd in fds:
                    os.close(fd)

    def _open(self, packet: bytes, fds: list[int]) -> None:
        if not picture.is_header(packet):
            self._take(observation.decode(packet))
        elif fds:
            # Without one there was none left for us, and so no picture.
            self._receive_picture(picture.read(packet, fds[0]))

    def _take(self, packet: Observation | Event) -> None:
        if isinstance(packet, Event):
            if packet.name == "ready":
                self.ready_ns = boottime_ns()
            elif packet.name == "failed":
                message = shortened(str(packet.detail.get("message")), FAILURE_LONGEST)
                self.failure = {**packet.detail, "message": message}
            elif packet.name == "ended":
                self.finished = True
                self.send(control.Stop())
        else:
            self.received += 1
        self._receive(packet)

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._link)

    def describe_end(self) -> Ended:
        """Why the process ended; where it has said so, also why it will."""
        code = self.exit_code or 0
        if self.finished:
            return Ended("exit", "the source has ended")
        if self.failure is None:
            words = child.describe_end(code, self._last_line)
            return Ended("signal" if code < 0 else "exit", words)
        part = self.failure.get("part")
        words, refused = f"{part}: {self.failure.get('message')}", bool(self.failure.get("refused"))
        return Ended(self._cause(part), words, refused)

    def _cause(self, part: str | None) -> Cause:
        """What the failure of a part means: before it worked it was refused."""
        if part == "camera":
            return "camera_refused" if self.ready_ns is None else "capture_stalled"
        if part == "engine":
            if self.ready_ns is None:
                return "engine_refused"
            return "engine_stalled" if self.page["engine_lost"] else "exit"
        return "link" if part == "link" else "exit"

    def kill(self) -> None:
        """SIGKILL, which also ends a process that is stopped."""
        self._killed = True
        child.kill(self._process)
        if self._ffmpeg is not None:
            self._ffmpeg.kill()

    async def wait(self) -> None:
        """Wait for the end, and for its last words."""
        await asyncio.shield(self.over)
        await asyncio.wait([self._lines], timeout=LAST_WORDS_S)
        if self._ffmpeg is None:
            return
        failure = self.failure
        lost = failure is not None and failure.get("part") == "camera"
        await self._ffmpeg.end(LAST_WORDS_S if lost else 0.0)
        why = self._ffmpeg.reason
        if lost and failure is not None and why is not None:
            # The vision process sees no more than that nothing comes.
            message = shortened(why.words, FAILURE_LONGEST)
            self.failure = {**failure, "message": message, "refused": why.refused}

    def leave(self) -> None:
        """Say stop. A process that still waits for the first picture of a stream hears it by that
        stream's end."""
        self.send(control.Stop())
        if self._ffmpeg is not None and self.ready_ns is None:
            self._ffmpeg.kill()

    async def stop(self, limit_s: float) -> None:
        """Say stop, wait, kill after `limit_s`."""
        if not self._killed:
            self.leave()
            await asyncio.wait([self.over], timeout=limit_s)
        if not self.ended:
            if not self._killed:
                log.info("the vision process did not leave in %g s and is killed", limit_s)
            self.kill()
            # A process that hangs in a driver dies when the driver lets go of it.
            await asyncio.wait([self.over], timeout=child.KILLED_S)
        # Why it ended of itself is of no use any more, and may take seconds to find out.
        if self._ffmpeg is not None and not self._ffmpeg.ended:
            await self._ffmpeg.end(0.0)

    def close(self) -> None:
        """Close the link and unmap the page."""
        if self._ffmpeg is not None:
            self._ffmpeg.close()
        self._lines.cancel()
        self._stop_reading()
        self._link.close()
        self.page.close()
