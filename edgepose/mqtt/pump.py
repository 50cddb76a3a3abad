"""paho's socket on the loop: read when it can be read, written when it takes more.

Owns the socket's options and its watching. Runs on the loop, but for `opened`, which paho calls on
the thread that connects.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from paho.mqtt import MQTTException
from paho.mqtt import client as paho

from edgepose.mqtt.window import STALLED_S

SEND_BUFFER: Final = 16384
"""SO_SNDBUF in bytes, about ten poses: what lies there can't be taken back."""
NO_MQTT: Final = (ValueError, IndexError, struct.error, MQTTException)
"""What paho stumbles with over packets that break the protocol."""


class Pump:
    """Moves the bytes of one client. With `tls` some of them wait decrypted where no socket tells
    of them. `broken` is called with the reason when the other end makes no sense."""

    def __init__(self, client: paho.Client, broken: Callable[[str], None], *, tls: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._client = client
        self._broken = broken
        self._tls = tls
        self._watched: int | None = None
        self._writing = False
        client.on_socket_open = self._opened
        client.on_socket_close = self._closed

    def _opened(self, _client: paho.Client, _userdata: Any, sock: Any) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(STALLED_S * 1000))

    def _closed(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
            self._loop.remove_writer(self._watched)
            self._watched = None

    def watch(self) -> bool:
        """Watch the socket of a client that has connected. False where it is closed already."""
        sock = self._client.socket()
        if sock is None:
            return False
        self._watched = sock.fileno()
        self._loop.add_reader(self._watched, self._readable)
        self.write()
        return True

    def _readable(self) -> None:
        try:
            self._client.loop_read()
            sock: Any = self._client.socket()
            while self._tls and sock is not None and sock.pending():
                self._client.loop_read()
                sock = self._client.socket()
        except NO_MQTT as error:
            self._broken(f"sent what is no MQTT: {type(error).__name__}")
            return
        self.write()

    def write(self) -> None:
        """Write what paho has to write, now if the socket takes it, else when it can."""
        if self._client.want_write() and self._watched is not None:
            self._client.loop_write()
        wants = self._watched is not None and self._client.want_write()
        if self._watched is not None and wants != self._writing:
            if wants:
                self._loop.add_writer(self._watched, self.write)
            else:
                self._loop.remove_writer(self._watched)
        self._writing = wants

    def cut(self) -> None:
        """Drop the connection without a word.

        With a reset: what still waits in this machine's send buffer is thrown away.
        """
        sock: Any = self._client.socket()
        if sock is None:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        # paho notices the end of the stream and closes; it has no public call for this.
        while self._client.socket() is not None:
            try:
                self._client.loop_read()
            except NO_MQTT:
                # It would read the same again.
                self._closed(self._client, None, sock)
                sock.close()
                return
