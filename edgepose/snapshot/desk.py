"""The daemon's side: a Unix socket at which a command of this machine asks what is seen now.

Owns the socket in the runtime directory, who may ask, how many at once and for how long. Runs on
the daemon's loop, and without a broker. Whoever does not ask, or does not read, is let go; a socket
that cannot be made is said once, and costs nothing else.
"""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edgepose.messages import json_format
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Person, Pose
from edgepose.service.clock import boottime_ns, is_unset, unix_us
from edgepose.service.sharing import Sharing
from edgepose.service.vision import Vision
from edgepose.snapshot.words import LONGEST, Answer, Refused, Request, decode_request, place

MOST: Final = 4
"""Who may ask at a time."""
ASK_S: Final = 2.0
"""To say what is wanted."""
FRAME_S: Final = 10.0
"""For a frame to be looked at: the slowest that an empty room is looked at is one a second."""
READ_S: Final = 10.0
"""To read the answer."""
REMEMBERED: Final = 256
"""Frames whose people are known while somebody waits for a picture."""
_CREDENTIALS: Final = struct.Struct("=iII")
"""Process, user and group of who connected: unix(7), SO_PEERCRED."""

log = logging.getLogger(__name__)


class Desk:
    """`folder` is the runtime directory; without one nobody can ask."""

    def __init__(self, folder: Path | None, vision: Vision, sharing: Sharing) -> None:
        self._place = None if folder is None else place(folder)
        self._vision = vision
        self._sharing = sharing
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._waiting: list[asyncio.Future[Pose]] = []
        self._seen: dict[int, Pose] = {}
        """By frame, while somebody waits."""
        self._asking = 0

    def see(
        self, observation: Observation, people: Callable[[], tuple[Person, ...]], *, mirrored: bool
    ) -> None:
        """A frame has been looked at. `people`: those in it, with all 33 landmarks, mirrored or
        not."""
        if not self._asking:
            return
        at_us = unix_us(observation.captured_ns)
        pose = Pose(
            seq=0,
            frame=observation.frame,
            unix_us=at_us,
            latency_ms=(boottime_ns() - observation.captured_ns) / 1e6,
            size=observation.size,
            people=people(),
            mirrored=mirrored,
            clock_unset=is_unset(at_us),
        )
        self._seen[pose.frame] = pose
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(pose)

    async def open(self) -> None:
        """Take questions from now on."""
        if self._place is None:
            return
        try:
            bound = _bound(self._place)
        except OSError as error:
            why = error.strerror or error
            log.warning(
                "%s: cannot be made: %s; `edgepose snapshot` will not work", self._place, why
            )
            return
        self._server = await asyncio.start_unix_server(
            self._come, sock=bound, limit=LONGEST, backlog=MOST
        )

    async def close(self) -> None:
        """Take no more, and let go of who is there."""
        if self._server is not None and self._place is not None:
            self._server.close()
            with contextlib.suppress(OSError):
                self._place.unlink(missing_ok=True)
        for client in self._clients:
            client.cancel()
        if self._clients:
            await asyncio.wait(self._clients)

    def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = asyncio.create_task(self._serve(reader, writer))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not _may_ask(writer):
                return
            try:
                if len(self._clients) > MOST:
                    raise Refused("busy", f"{MOST} others ask already; try it again")
                answer = await self._answer(await _asked(reader))
                if answer.jpeg:
                    self._sharing.snapshot_taken()
                writer.writelines([answer.head(), answer.pose, answer.jpeg])
            except Refused as refused:
                writer.write(refused.line())
            async with asyncio.timeout(READ_S):
                writer.write_eof()
                await writer.drain()
                await _gone(reader)
        except (OSError, TimeoutError):
            # Nobody is there any more, or does not read.
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, request: Request) -> Answer:
        self._refuse_what_cannot_be(request)
        self._asking += 1
        try:
            async with asyncio.timeout(FRAME_S):
                if request.picture:
                    return await self._with_picture()
                return self._told(await self._next())
        except TimeoutError:
            self._refuse_what_cannot_be(request)
            why = self._vision.trouble or "camera and engine may be starting"
            raise Refused("failed", f"no frame was looked at within {FRAME_S:g} s: {why}") from None
        finally:
            self._asking -= 1
            if not self._asking:
                self._seen.clear()

    def _refuse_what_cannot_be(self, request: Request) -> None:
        vision = self._vision
        if request.picture and "snapshot" not in self._sharing.ways:
            raise Refused("not_allowed", self._sharing.why_no_snapshot)
        if vision.paused:
            raise Refused("paused", "detection is paused, and the camera closed")
        if vision.blind:
            told = vision.trouble or ""
            more = "" if told.startswith(f"camera {vision.camera}") else f"camera {vision.camera}: "
            raise Refused("camera", f"{more}{told}".removesuffix(": "))

    async def _next(self) -> Pose:
        waiting: asyncio.Future[Pose] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        finally:
            self._waiting.remove(waiting)

    async def _with_picture(self) -> Answer:
        while True:
            picture = await self._vision.still()
            if picture is None:
                raise Refused("not_allowed", self._sharing.why_no_snapshot)
            # What the daemon heard of too late is in no observation that counts.
            if (pose := self._seen.get(picture.frame)) is not None:
                return self._told(pose, picture.jpeg)

    def _told(self, pose: Pose, jpeg: bytes = b"") -> Answer:
        return Answer(self._vision.camera, json_format.encode(pose), jpeg)


def _bound(path: Path) -> socket.socket:
    """A socket there, which only this user and root can reach. Raises OSError."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        # Before it listens, whatever the umask is.
        path.chmod(0o600)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def _may_ask(writer: asyncio.StreamWriter) -> bool:
    """Whether it is root, or this user: the mode of the socket says so already, and may be
    changed."""
    connected: socket.socket = writer.get_extra_info("socket")
    told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _process, user, _group = _CREDENTIALS.unpack(told)
    return user in (0, os.geteuid())


async def _asked(reader: asyncio.StreamReader) -> Request:
    try:
        async with asyncio.timeout(ASK_S):
            return decode_request(await reader.readline())
    except TimeoutError:
        raise Refused("malformed", f"nothing was asked within {ASK_S:g} s") from None
    except ValueError as error:
        raise Refused("malformed", f"not understood: {error}") from None


async def _gone(reader: asyncio.StreamReader) -> None:
    """Wait until the other side has read all and gone; what it says meanwhile is of no interest."""
    while await reader.read(LONGEST):
        pass
