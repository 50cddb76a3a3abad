"""The sandbox of the vision process, tried from inside: what it forbids and what it must not."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

ATTEMPT = """
import ctypes, errno, os, socket, threading
from edgepose.vision import sandbox

release, early = threading.Event(), []
def attempt(*arguments):
    try:
        socket.socket(*arguments).close()
        return "allowed"
    except OSError as error:
        return errno.errorcode[error.errno]
def before():
    # A thread that a library has begun before the sandbox stood.
    release.wait(10)
    early.append(attempt(socket.AF_INET))
thread = threading.Thread(target=before)
thread.start()
sandbox.enter()
release.set()
thread.join()
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    return "allowed" if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def inside(code: str) -> str:
    """What a program prints that does `code` behind the sandbox."""
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPT + code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("socket.AF_INET", "EACCES"),
        ("socket.AF_INET, socket.SOCK_DGRAM", "EACCES"),
        ("socket.AF_INET6", "EACCES"),
        ("socket.AF_PACKET, socket.SOCK_RAW", "EACCES"),
        ("40, socket.SOCK_STREAM", "EACCES"),  # AF_VSOCK
        ("socket.AF_NETLINK, socket.SOCK_RAW, 0", "EACCES"),  # NETLINK_ROUTE
        # libcamera finds no camera without it.
        ("socket.AF_NETLINK, socket.SOCK_RAW, 15", "allowed"),  # NETLINK_KOBJECT_UEVENT
        ("socket.AF_UNIX", "allowed"),
    ],
)
def test_sockets(arguments: str, answer: str) -> None:
    assert inside(f"print(attempt({arguments}))") == answer


def test_a_thread_from_before_is_inside_too() -> None:
    assert inside("print(early[0])") == "EACCES"


def test_connect_is_denied_also_on_a_local_socket(tmp_path: Path) -> None:
    code = f"""
listener = socket.socket(socket.AF_UNIX)
listener.bind({str(tmp_path / "socket")!r})
listener.listen()
try:
    socket.socket(socket.AF_UNIX).connect({str(tmp_path / "socket")!r})
except OSError as error:
    print(errno.errorcode[error.errno])
"""
    assert inside(code) == "EACCES"


def test_io_uring_is_denied() -> None:
    assert inside("print(call(425, 4, 0))") == "EACCES"


def test_a_child_is_inside_too() -> None:
    code = """
import subprocess, sys
child = "import socket; socket.socket(socket.AF_INET)"
print(subprocess.run([sys.executable, "-c", child], stderr=subprocess.PIPE, text=True).stderr)
"""
    assert "PermissionError" in inside(code)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="SKIPPED: x32 is x86-64's alone")
def test_the_foreign_abi_is_denied() -> None:
    """The same calls under other numbers."""
    x32_socket, x32_getpid = 0x40000000 | 41, 0x40000000 | 39
    assert inside(f"print(call({x32_socket}, 2, 1, 0), call({x32_getpid}))") == "EACCES EACCES"
