"""The socket that the page listens on: few connections, none for long.

Owns accepting, and how many connections there are; what is said on one is `server.py`'s. Each
connection ends after `LIFE_S`, however slowly it asks or reads, unless it has become a viewer's.
Runs on the daemon's loop. `open_` raises OSError.
"""

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

MOST: Final = 48
"""Connections at a time; the daemon needs its descriptors for more than this."""
MOST_OF_ONE: Final = 24
"""Of one address, so that it does not lock out the others. Its next one ends its oldest that is not
a viewer's: browsers keep some open for nothing, and behind a tunnel all have one address."""
LIFE_S: Final = 15.0
WAIT_S: Final = 0.5
"""Before the next one is accepted where the system has no descriptor for it."""
_SHORT: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

Factory = Callable[[], asyncio.Protocol]
Address = tuple[int, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


@dataclass
class _Line:
    """A connection: whose, and what ends it."""

    address: str
    end: asyncio.TimerHandle | None


class Listener:
    """Hands each connection to a protocol of `factory`."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._sockets: list[socket.socket] = []
        self._taking: set[asyncio.Task[None]] = set()
        self._lines: dict[asyncio.BaseTransport, _Line] = {}

    async def open_(self, host: str, port: int) -> None:
        """Listen on the addresses that `host` has, as far as this machine has them."""
        failed: list[OSError] = []
        for family, address in dict.fromkeys(await _addresses(host, port)):
            try:
                self._sockets.append(_listening(family, address))
            except OSError as error:
                failed.append(error)
        # What one address lacks is no matter, but another program on one would be taken for us.
        taken = [each for each in failed if each.errno == errno.EADDRINUSE]
        if taken or not self._sockets:
            self.close()
            raise (taken or failed)[0]
        for each in self._sockets:
            self._wait_at(each)

    def keep(self, transport: asyncio.BaseTransport) -> None:
        """This connection may last."""
        line = self._lines.get(transport)
        if line is not None and line.end is not None:
            line.end.cancel()
            line.end = None

    def close(self) -> None:
        """Listen no more, and end every connection."""
        for each in self._sockets:
            asyncio.get_running_loop().remove_reader(each)
            each.close()
        for task in self._taking:
            task.cancel()
        for transport, line in self._lines.items():
            if line.end is not None:
                line.end.cancel()
            _abort(transport)
        self._sockets, self._lines = [], {}

    def _wait_at(self, listening: socket.socket) -> None:
        if listening in self._sockets:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        """Somebody knocks."""
        loop = asyncio.get_running_loop()
        try:
            line, (address, *_) = listening.accept()
        except OSError as error:
            # Of a connection that has gone before it was taken there is nothing to say.
            if error.errno in _SHORT:
                loop.remove_reader(listening)
                loop.call_later(WAIT_S, self._wait_at, listening)
            return
        self._bury()
        ours = [each for each, its in self._lines.items() if its.address == address]
        if len(ours) >= MOST_OF_ONE:
            # The oldest of those that may not last; there are always some, for viewers are few.
            _abort(next(each for each in ours if self._lines[each].end is not None))
            self._bury()
        if len(self._lines) >= MOST:
            line.close()
            return
        line.setblocking(False)
        task = loop.create_task(self._take(line, address))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)

    async def _take(self, line: socket.socket, address: str) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.connect_accepted_socket(self._factory, line)
        except OSError:
            line.close()
            return
        end = loop.call_later(LIFE_S, _abort, transport)
        self._lines[transport] = _Line(address, end)

    def _bury(self) -> None:
        """Forget the connections that have ended."""
        for transport in [each for each in self._lines if each.is_closing()]:
            line = self._lines.pop(transport)
            if line.end is not None:
                line.end.cancel()


async def _addresses(host: str, port: int) -> Iterator[Address]:
    kind, flags = socket.SOCK_STREAM, socket.AI_PASSIVE
    try:
        found = socket.getaddrinfo(host, port, type=kind, flags=flags | socket.AI_NUMERICHOST)
    except socket.gaierror:
        # A name, for which others may have to be asked.
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=kind, flags=flags)
    return ((family, address) for family, _, _, _, address in found)


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
