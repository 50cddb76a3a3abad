"""A daemon whose network is a cable that can be pulled, and whose names stand in a file.

All of it in name spaces of their own, so that nothing of this machine changes. Needs root.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import pytest

T = TypeVar("T")
DEVICE_END: Final = "eth0"
HERE_END: Final = "cable"
CLONE_NEWNET: Final = 0x40000000  # linux/sched.h
_VETH: Final = ("type", "veth", "peer", "name")
_libc: Final = ctypes.CDLL(None, use_errno=True)


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
    """A cable between the network name space of a process and one that is nobody's but for the
    sockets that are made here.

    `here` and `moved` are addresses of this end. It goes when both ends are gone.
    """

    here, moved = "198.18.0.1", "198.18.0.3"
    """Of RFC 2544's range for benchmarks."""

    def __init__(self, pid: int) -> None:
        self._net = _in_a_thread(_new_net)
        _ip("link", "add", HERE_END, *_VETH, DEVICE_END, "netns", pid, prefix=self._at_this_end)
        for address in (self.here, self.moved):
            self._set("address", "add", f"{address}/29", "dev", HERE_END)
        self.push()
        inside = ("nsenter", "--target", str(pid), "--net")
        _ip("address", "add", "198.18.0.2/29", "dev", DEVICE_END, prefix=inside)
        _ip("link", "set", DEVICE_END, "up", prefix=inside)

    def socket(self) -> socket.socket:
        """A TCP socket at this end."""

        def made() -> socket.socket:
            _call(_libc.setns, self._net, CLONE_NEWNET)
            return socket.socket()

        return _in_a_thread(made)

    def close(self) -> None:
        """Let go of this end."""
        os.close(self._net)

    def pull(self) -> None:
        """Nothing passes, in either direction, and nobody is told."""
        self._set("link", "set", HERE_END, "down")

    def push(self) -> None:
        """It passes again."""
        self._set("link", "set", HERE_END, "up")

    @property
    def _at_this_end(self) -> tuple[str, ...]:
        return ("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._net}")

    def _set(self, *words: object) -> None:
        _ip(*words, prefix=self._at_this_end)


def _new_net() -> int:
    _call(_libc.unshare, CLONE_NEWNET)
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _in_a_thread(work: Callable[[], T]) -> T:
    """In one that ends with it: a thread that has left its name space does nothing else."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def _call(function: Callable[..., int], *arguments: int) -> None:
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), function.__name__)


def _ip(*words: object, prefix: tuple[str, ...] = ()) -> None:
    subprocess.run([*prefix, "ip", *map(str, words)], check=True)
