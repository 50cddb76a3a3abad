"""A daemon whose network is a cable that can be pulled, and whose names stand in a file.

In name spaces of its own, so that nothing of this machine changes. Needs root.
"""

import os
import subprocess
from pathlib import Path

import pytest

DEVICE_END = "eth0"


def only_as_root() -> None:
    """Skip the test where it cannot run."""
    if os.geteuid() != 0:
        pytest.skip("SKIPPED: name spaces and mounts need root")


class Names:
    """What stands in /etc/hosts for whoever is started with `prefix`; other names nobody knows."""

    def __init__(self, folder: Path) -> None:
        self._hosts, self._resolver = folder / "hosts", folder / "resolv.conf"
        self._hosts.write_text("")
        self._resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")

    @property
    def prefix(self) -> tuple[str, ...]:
        """The beginning of a command that has no network at all, and these names."""
        script = (
            'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift'
            ' && exec "$@"'
        )
        files = str(self._hosts), str(self._resolver)
        return ("unshare", "--net", "--mount", "sh", "-c", script, *files)

    def say(self, name: str, address: str) -> None:
        """Give a name this address, and no other name any."""
        # In place: the mount is of this very file.
        self._hosts.write_text(f"{address} {name}\n")


class Cable:
    """A cable between this machine and the network name space of a process.

    `here` and `moved` are addresses of this end. It goes with the process.
    """

    def __init__(self, pid: int) -> None:
        self._name = f"edgepose{pid}"
        # RFC 2544's range for benchmarks; by the process, so that many can run side by side.
        net = f"198.18.{pid // 32 % 256}."
        first = pid % 32 * 8
        self.here, there, self.moved = (f"{net}{first + last}" for last in (1, 2, 3))
        _ip("link", "add", self._name, "type", "veth", "peer", "name", DEVICE_END, "netns", pid)
        for address in (self.here, self.moved):
            _ip("address", "add", f"{address}/29", "dev", self._name)
        _ip("link", "set", self._name, "up")
        inside = ("nsenter", "--target", str(pid), "--net")
        _ip("address", "add", f"{there}/29", "dev", DEVICE_END, prefix=inside)
        _ip("link", "set", DEVICE_END, "up", prefix=inside)

    def pull(self) -> None:
        """Nothing passes, in either direction, and nobody is told."""
        _ip("link", "set", self._name, "down")

    def push(self) -> None:
        """It passes again."""
        _ip("link", "set", self._name, "up")


def _ip(*words: object, prefix: tuple[str, ...] = ()) -> None:
    subprocess.run([*prefix, "ip", *map(str, words)], check=True)
