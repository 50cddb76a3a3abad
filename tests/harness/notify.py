"""The end of sd_notify(3) that is the service manager's: what the daemon tells it."""

import os
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.harness.daemon import PYTHON
from tests.harness.wait import wait_for

_PROTOCOL: Final = """import os, socket
def notify(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.connect(os.environ["NOTIFY_SOCKET"])
        told.send(text.encode())
    return True
"""
"""sd_notify(3), where python3-systemd is not installed: it comes with apt alone."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notification; `at_us` is CLOCK_MONOTONIC when it was read."""

    lines: dict[str, str]
    at_us: int


class Listener:
    """A socket as systemd gives one; `environment` is what to start the daemon with.

    Nothing is read before `listen`, and a full socket makes the daemon wait.
    """

    def __init__(self, folder: Path) -> None:
        self.told: list[Told] = []
        self._path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))
        self._thread = threading.Thread(target=self._read, name="notify")
        self.environment = {"NOTIFY_SOCKET": str(self._path)}
        asked = [PYTHON, "-P", "-c", "from systemd import daemon"]
        if subprocess.run(asked, cwd=folder, capture_output=True, check=False).returncode:
            package = folder / "protocol" / "systemd"
            package.mkdir(parents=True)
            (package / "__init__.py").touch()
            (package / "daemon.py").write_text(_PROTOCOL)
            path = [str(package.parent), os.environ.get("PYTHONPATH", "")]
            self.environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))

    def fill(self) -> None:
        """Leave no room in the socket, so that the next notification waits for `listen`."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talker:
            talker.connect(str(self._path))
            talker.setblocking(False)
            try:
                while True:
                    talker.send(b"FULL=1")
            except BlockingIOError:
                return

    def listen(self) -> None:
        """Read from now on."""
        self._thread.start()

    def _read(self) -> None:
        while data := self._socket.recv(65536):
            lines = dict(line.split("=", 1) for line in data.decode().splitlines())
            self.told.append(Told(lines, time.monotonic_ns() // 1000))

    def statuses(self) -> list[str]:
        """The lines for `systemctl status` so far."""
        return [told.lines["STATUS"] for told in self.told if "STATUS" in told.lines]

    def wait_status(self, begins: str, limit_s: float = 20) -> str:
        """Wait until the newest status line begins so."""
        wait_for(
            lambda: (said := self.statuses()[-1:]) and said[0].startswith(begins),
            limit_s,
            f"a status that begins with {begins!r}: {self.statuses()[-1:]}",
        )
        return self.statuses()[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._thread.is_alive():
            # An empty datagram ends the reading.
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", str(self._path))
            self._thread.join(10)
        self._socket.close()
