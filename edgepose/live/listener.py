"""The socket that the page listens on: few connections, none for long.

Owns accepting, and how many connections there are; what is said on one is `server.py`'s. Each
connection ends after `LIFE_S`, however slowly it asks or reads, unless it has become a viewer's.
Runs on the daemon's loop. `open_` raises OSError.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Final

MOST: Final = 48
"""Connections at a time; the daemon needs its descriptors for more than this."""
LIFE_S: Final = 15.0
WAIT_S: Final = 0.5
"""Before the next one is accepted where the system has no descriptor for it."""

Factory = Callable[[], asyncio.Protocol]


class Listener:
    """Hands each connection to a protocol of `factory`."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._sockets: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._lives: dict[asyncio.BaseTransport, asyncio.TimerHandle] = {}

    async def open_(self, host: str, port: int) -> None:
        """Listen on all addresses that `host` has."""
        loop = asyncio.get_running_loop()
        kind, flags = socket.SOCK_STREAM, socket.AI_PASSIVE
        try:
            for family, _, _, _, address in dict.fromkeys(
                await loop.getaddrinfo(host, port, type=kind, flags=flags)
            ):
                self._sockets.append(_listening(family, address))
        except OSError:
            self.close()
            raise
        for each in self._sockets:
            self._accepting.append(asyncio.create_task(self._accept(each)))

    def keep(self, transport: asyncio.BaseTransport) -> None:
        """This connection may last."""
        life = self._lives.get(transport)
        if life is not None:
            life.cancel()

    def close(self) -> None:
        """Listen no more, and end every connection."""
        for task in self._accepting:
            task.cancel()
        for each in self._sockets:
            each.close()
        for transport, life in self._lives.items():
            life.cancel()
            _abort(transport)
        self._accepting, self._sockets, self._lives = [], [], {}

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                line, _ = await loop.sock_accept(listening)
            except OSError as error:
                # Of a connection that has gone before it was taken there is nothing to say.
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    await asyncio.sleep(WAIT_S)
                continue
            gone = [each for each in self._lives if each.is_closing()]
            for each in gone:
                self._lives.pop(each).cancel()
            if len(self._lives) >= MOST:
                line.close()
                continue
            with contextlib.suppress(OSError):
                transport, _ = await loop.connect_accepted_socket(self._factory, line)
                self._lives[transport] = loop.call_later(LIFE_S, _abort, transport)


def _listening(family: int, address: tuple[object, ...]) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # `::` is every network, those of IPv4, too.
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address[0] != "::")
        listening.bind(address)
        listening.listen(MOST)
    except OSError:
        listening.close()
        raise
    return listening


def _abort(transport: asyncio.BaseTransport) -> None:
    if isinstance(transport, asyncio.Transport):
        transport.abort()
