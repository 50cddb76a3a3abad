"""A bad way to a broker: a TCP proxy that delays, stops, halves, cuts and corrupts what it carries.

One thread for each direction of each connection. What it does may be changed at any time.
"""

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Literal, Self

CHUNK = 65536
Way = Literal["up", "down"]


class Proxy:
    """Carries what comes to `port` on `host` to 127.0.0.1:`to_port`, and back.

    `delay_s` is waited before each piece is handed on. `corrupt` is the share of bytes in which a
    bit is flipped, on the ways that are named in `corrupts`; `seed` chooses which. `connections`
    counts who came. `make_door` makes the socket that listens, where that is of another network.
    A way is up, to the broker, or down.
    """

    def __init__(
        self,
        to_port: int,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        seed: int = 7,
        make_door: Callable[[], socket.socket] = socket.socket,
    ) -> None:
        self.delay_s = 0.0
        self.corrupt = 0.0
        self.corrupts: tuple[Way, ...] = ("up", "down")
        self.connections = 0
        self.corrupted = 0
        self._to_port = to_port
        self._at = (host, port)
        self._make_door = make_door
        self._chance = random.Random(seed)
        self._holds = False
        self._halve: Way | None = None
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._door: socket.socket | None = None
        self.open()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._at[1]

    def open(self) -> None:
        """Accept who comes."""
        door = self._make_door()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(self._at)
        door.listen()
        self._at = (self._at[0], door.getsockname()[1])
        self._door = door
        self._start(partial(self._accept, door))

    def refuse(self) -> None:
        """Accept nobody more, and cut who is there."""
        if self._door is not None:
            with contextlib.suppress(OSError):
                # Wakes who waits in accept.
                self._door.shutdown(socket.SHUT_RDWR)
            self._door.close()
            self._door = None
        self.cut()

    def cut(self) -> None:
        """Reset every connection, in both directions."""
        sockets, self._sockets = self._sockets, []
        for each in sockets:
            _reset(each)

    def hold(self) -> None:
        """Lose all that comes, on connections that are there and that come, and say nothing of it:
        both ends are left with half of a connection."""
        self._holds = True

    def go_on(self) -> None:
        """Carry again what comes; a connection that has lost something stays dead."""
        self._holds = False

    def halve(self, way: Way) -> None:
        """Of the next piece on this way carry half, and then cut."""
        self._halve = way

    @property
    def halved(self) -> bool:
        """Whether there was such a piece."""
        return self._halve is None

    def close(self) -> None:
        """End, and let go of everything."""
        self._closed.set()
        self.refuse()
        for thread in self._threads:
            thread.join(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, door: socket.socket) -> None:
        while True:
            try:
                here, _ = door.accept()
            except OSError:
                return
            self.connections += 1
            try:
                there = socket.create_connection(("127.0.0.1", self._to_port))
            except OSError:
                _reset(here)
                continue
            for each in (here, there):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets += [here, there]
            dead = threading.Event()
            self._start(partial(self._carry, here, there, "up", dead))
            self._start(partial(self._carry, there, here, "down", dead))

    def _carry(
        self, source: socket.socket, to: socket.socket, way: Way, dead: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if self._holds:
                    dead.set()
                if dead.is_set():
                    continue
                if self.delay_s:
                    self._closed.wait(self.delay_s)
                if self._halve == way:
                    to.sendall(data[: len(data) // 2])
                    self._halve = None
                    break
                to.sendall(self._damaged(data) if way in self.corrupts else data)
        _end(source)
        _end(to)

    def _damaged(self, data: bytes) -> bytes:
        if not self.corrupt:
            return data
        damaged = bytearray(data)
        for at in range(len(damaged)):
            if self._chance.random() < self.corrupt:
                damaged[at] ^= 1 << self._chance.randrange(8)
                self.corrupted += 1
        return bytes(damaged)


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
