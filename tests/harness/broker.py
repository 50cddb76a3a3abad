"""A real mosquitto on a free loopback port."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.harness.wait import wait_for


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Encryption:
    """What a broker shows on its port with TLS, in files of PEM.

    `clients`: who vouches for those who may come; None asks nobody for a certificate.
    """

    certfile: Path
    keyfile: Path
    clients: Path | None = None

    def lines(self, port: int) -> list[str]:
        """The listener, in mosquitto's words."""
        lines = [f"listener {port} 127.0.0.1", f"certfile {self.certfile}"]
        lines.append(f"keyfile {self.keyfile}")
        if self.clients is not None:
            lines += [f"cafile {self.clients}", "require_certificate true"]
        return lines


class Broker:
    """mosquitto, which can be stopped, killed, paused and started again on its port.

    `users`: name and password of those who may come; None lets everybody in. `encryption` opens
    a second port, `tls_port`. `rules` are the lines of an ACL file; none let everybody do all.
    """

    def __init__(
        self,
        folder: Path,
        users: dict[str, str] | None = None,
        *,
        encryption: Encryption | None = None,
        rules: list[str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.tls_port = 0
        self._config = folder / f"mosquitto-{self.port}.conf"
        self._log = folder / f"mosquitto-{self.port}.log"
        self._passwords = folder / f"mosquitto-{self.port}.passwd"
        lines = [f"allow_anonymous {str(users is None).lower()}"]
        if users is not None:
            self._passwords.touch(mode=0o600)
            for name, password in users.items():
                self._write_password(name, password)
            lines.append(f"password_file {self._passwords}")
        if rules is not None:
            acl = folder / f"mosquitto-{self.port}.acl"
            acl.touch(mode=0o600)
            acl.write_text("\n".join(rules) + "\n")
            lines.append(f"acl_file {acl}")
        if os.getuid() == 0:
            # It would become a user who cannot read our folder.
            lines.append("user root")
        lines.append(f"listener {self.port} 127.0.0.1")
        if encryption is not None:
            self.tls_port = free_port()
            lines += encryption.lines(self.tls_port)
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until its ports are open."""
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
        assert program, "mosquitto is missing: `apt-get install mosquitto`"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self._config)], stdout=log, stderr=log
            )
        # In the order in which they stand in its config.
        wait_for(self._is_open, 30, f"mosquitto listens; {self._log.read_text()}")

    def admit(self, name: str, password: str) -> None:
        """From now on this is the password, as when somebody mends it and tells mosquitto."""
        self._write_password(name, password)
        self.signal(signal.SIGHUP)

    def _write_password(self, name: str, password: str) -> None:
        command = ["mosquitto_passwd", "-b", str(self._passwords), name, password]
        subprocess.run(command, check=True, capture_output=True)

    def _is_open(self) -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.tls_port or self.port)) == 0

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal: SIGSTOP pauses it, SIGCONT lets it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as want of memory does: nothing is said to anybody, and nothing is kept."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def stop(self) -> None:
        """End it; retained messages are lost."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
                self._process.terminate()
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()
