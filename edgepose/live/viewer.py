"""One browser that looks: what waits to be sent to it, and its end.

Newest wins: of each kind of message one waits at most, of events some. A viewer that takes nothing
is dropped, and nobody else waits for it. Runs on the daemon's loop.
"""

import asyncio
import socket
from typing import Final

from aiohttp import WSMsgType, web

TAKEN_S: Final = 10.0
"""For a viewer to take one message."""
EVENTS: Final = 32
UNSENT: Final = 16 * 1024
"""Bytes that the kernel holds before they are sent: what waits there is old when it arrives."""


class Viewer:
    """Sends what is laid before it, in the order in which it first waited."""

    def __init__(self, socket_: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        self._socket = socket_
        self._transport = transport
        self._waiting: dict[str, tuple[bytes, WSMsgType]] = {}
        self._due = asyncio.Event()
        self._events = 0
        # All of it has to be gone before more is laid into it.
        transport.set_write_buffer_limits(high=0)
        line = transport.get_extra_info("socket")
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)

    def lay(self, kind: str, message: bytes, type_: WSMsgType = WSMsgType.TEXT) -> None:
        """Send this next; of its kind, nothing older any more. Events wait one by one."""
        if kind == "event":
            kind, self._events = f"event {self._events % EVENTS}", self._events + 1
        self._waiting[kind] = (message, type_)
        self._due.set()

    def drop(self, kind: str) -> None:
        """Send nothing of this kind that still waits."""
        self._waiting.pop(kind, None)

    async def run(self) -> None:
        """Send until cancelled, or until the viewer is gone or takes nothing."""
        while True:
            await self._due.wait()
            if not self._waiting:
                self._due.clear()
                continue
            message, type_ = self._waiting.pop(next(iter(self._waiting)))
            try:
                async with asyncio.timeout(TAKEN_S):
                    await self._socket.send_frame(message, type_)
            except TimeoutError:
                self._transport.abort()
                return
            except ConnectionError:
                return
