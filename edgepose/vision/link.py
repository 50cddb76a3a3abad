"""The vision process's end of the link to the daemon.

`send` may be called from any thread and never waits; `receive` is the main thread's.
"""

import array
import fcntl
import socket
import termios
import threading

from edgepose.messages import control, observation


class Link:
    """One SOCK_SEQPACKET end."""

    def __init__(self, link: socket.socket) -> None:
        self._socket = link
        self._sending = threading.Lock()

    def send(self, packet: bytes) -> bool:
        """Send a packet if there is room. False where there is none, or nobody to read it."""
        try:
            with self._sending:
                self._socket.send(packet, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return False
        return True

    def send_file(self, packet: bytes, fd: int) -> bool:
        """Send a packet with a descriptor beside it, if nothing else waits on the link: so at most
        one is under way, and it takes nobody's place. Never waits, not even for who sends an
        event. False where it was not sent."""
        if not self._sending.acquire(blocking=False):
            return False
        try:
            if self._waits():
                return False
            flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
            socket.send_fds(self._socket, [packet], [fd], flags)
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            return False
        finally:
            self._sending.release()
        return True

    def _waits(self) -> bool:
        """Whether the daemon has not read all that was sent: unix(7), SIOCOUTQ."""
        unread = array.array("i", [0])
        fcntl.ioctl(self._socket, termios.TIOCOUTQ, unread)
        return unread[0] > 0

    def tell(self, event: observation.Event) -> None:
        """Send an event, waiting for room: an event is rare and must not be lost."""
        try:
            with self._sending:
                self._socket.send(observation.encode_event(event), socket.MSG_NOSIGNAL)
        except (BrokenPipeError, ConnectionResetError):
            # The daemon is gone; `receive` sees it too and ends the process.
            return

    def receive(self) -> control.Command:
        """The next command; `Stop` when the daemon is gone or `interrupt` was called."""
        try:
            packet = self._socket.recv(observation.MAX_PACKET)
        except ConnectionResetError:
            # The daemon died with packets of ours unread.
            packet = b""
        return control.decode(packet) if packet else control.Stop()

    def interrupt(self) -> None:
        """Make `receive` return `Stop`."""
        self._socket.shutdown(socket.SHUT_RD)
