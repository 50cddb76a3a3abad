"""A viewer that takes nothing: a bare socket, small at its end, that nobody reads."""

import base64
import os
import socket

from tests.live.opened import Door


def looking(door: Door, cookie: str) -> socket.socket:
    """A WebSocket whose answer to the handshake was read, and nothing after it."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(10)
    line.connect(("127.0.0.1", door.port))
    key = base64.b64encode(os.urandom(16)).decode()
    words = (
        "GET /live HTTP/1.1",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Cookie: {cookie}",
    )
    line.sendall("\r\n".join((*words, "", "")).encode())
    assert line.recv(12) == b"HTTP/1.1 101"
    return line
