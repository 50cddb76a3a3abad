"""Tries what the sandbox of the service is to deny, and what it has to allow: runs inside, as
`attempts.py LABEL DAEMON PLACE...`, under the sandbox of whoever starts it.

Prints for each `ATTEMPT LABEL JSON`, where the JSON is its name and null where it worked, else the
error. Each is harmless where it works. DAEMON: its process id; PLACE: `NAME=ADDRESS:PORT`, to
connect to. Standard library only.
"""

import ctypes
import json
import mmap
import os
import platform
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

Attempts = dict[str, Callable[[], object]]
LIMIT_S = 0.5
LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {
        **{"init_module": 175, "finit_module": 313, "kexec_load": 246, "bpf": 321},
        **{"perf_event_open": 298, "userfaultfd": 323, "keyctl": 250, "add_key": 248},
        **{"process_vm_readv": 310, "open_by_handle_at": 304, "reboot": 169, "swapon": 167},
        **{"pivot_root": 155, "setns": 308, "mbind": 237, "io_uring_setup": 425},
    },
    "aarch64": {
        **{"init_module": 105, "finit_module": 273, "kexec_load": 104, "bpf": 280},
        **{"perf_event_open": 241, "userfaultfd": 282, "keyctl": 219, "add_key": 217},
        **{"process_vm_readv": 270, "open_by_handle_at": 265, "reboot": 142, "swapon": 224},
        **{"pivot_root": 41, "setns": 268, "mbind": 235, "io_uring_setup": 425},
    },
}[platform.machine()]
DENIED = (1, 13)
"""EPERM and EACCES: what else a system call says, it says of its arguments, which are no good."""
CLONE = {"user": 0x10000000, "mount": 0x00020000, "network": 0x40000000, "process": 0x20000000}
PTRACE_TRACEME, NETLINK_KOBJECT_UEVENT, AF_ALG = 0, 15, 38
PER_LINUX32 = 8
ABOUT_THE_MACHINE = ("/proc/meminfo", "/proc/cpuinfo", "/sys/class")
KERNEL_LOG = "/dev/log-of-kernel"
"""A node of /dev/kmsg's number that everybody may open, as far as file modes go."""


def checked(result: int) -> None:
    """Raise what a function of the C library tells by -1."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def system_call(name: str, *arguments: int) -> None:
    """Make a call whose arguments are no good; only a denial counts as one."""
    words = [ctypes.c_long(each) for each in arguments or (-1, 0, 0, 0, 0, 0)]
    if LIBC.syscall(ctypes.c_long(NUMBERS[name]), *words) == -1:
        number = ctypes.get_errno()
        if number in DENIED:
            raise OSError(number, os.strerror(number))


def write(folder: str) -> None:
    """Make a file there, and take it away again."""
    path = Path(folder, f"attempt-{os.getpid()}")
    path.write_text("attempt")
    path.unlink()


def execute_from(folder: str) -> None:
    """Run a program that was written just now."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place, "program")
        path.write_text("#!/bin/sh\n")
        path.chmod(0o700)
        subprocess.run([path], check=True)


def set_uid_bit() -> None:
    """Make a program that others would run as us."""
    with tempfile.NamedTemporaryFile(dir="/tmp") as file:
        Path(file.name).chmod(stat.S_ISUID | 0o755)


def make_device() -> None:
    """A second /dev/null."""
    path = Path(f"/tmp/device-{os.getpid()}")
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    path.unlink()


def make_group() -> None:
    """A control group beside the service's own."""
    path = Path(f"/sys/fs/cgroup/attempt-{os.getpid()}")
    path.mkdir()
    path.rmdir()


def open_for(flags: int, path: str) -> None:
    """Open what is there, and no more."""
    os.close(os.open(path, flags))


def read(path: str) -> None:
    """A file, or what a folder holds."""
    if Path(path).is_dir():
        list(Path(path).iterdir())
    else:
        Path(path).read_bytes()


def open_socket(family: int, kind: int, protocol: int = 0) -> None:
    """And close it again."""
    socket.socket(family, kind, protocol).close()


def turn_executable() -> None:
    """Write to memory, then run it."""
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    LIBC.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    checked(LIBC.mprotect(address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC))


def connect(place: str) -> None:
    """By TCP; who does not answer is out of reach."""
    address, _, port = place.rpartition(":")
    socket.create_connection((address, int(port)), LIMIT_S).close()


def send(place: str) -> None:
    """One datagram."""
    address, _, port = place.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"attempt", (address, int(port)))


def run(*command: str) -> None:
    """A program that has to succeed."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip())


def unshare(flag: int) -> None:
    """Go to a name space of our own."""
    checked(LIBC.unshare(flag))


def in_child(action: Callable[[], None]) -> Callable[[], None]:
    """What changes the process that does it is done by another one."""

    def done() -> None:
        child = os.fork()
        if child == 0:
            try:
                action()
                os._exit(0)
            except OSError as error:
                os._exit(error.errno or 255)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code:
            raise OSError(code, os.strerror(code))

    return done


def of_files() -> Attempts:
    """What may be written, read and run."""
    places = ("/etc", "/etc/edgepose", "/opt/edgepose", "/usr", "/var/lib", "/srv", "/boot", "/run")
    own = ("/var/lib/edgepose", "/run/edgepose", "/tmp", "/var/tmp", "/dev/shm")
    return {
        **{f"write {place}": partial(write, place) for place in places + own},
        **{f"run from {place}": partial(execute_from, place) for place in own},
        "write a setting of the kernel": partial(open_for, os.O_WRONLY, "/proc/sys/vm/swappiness"),
        "make a control group": make_group,
        "make a device": make_device,
        "make a program that runs as its owner": set_uid_bit,
        "open the kernel's log": partial(open_for, os.O_WRONLY, KERNEL_LOG),
        "read a home": partial(read, "/home/letter"),
        "read the home of root": partial(read, "/root"),
        "read passwords": partial(read, "/etc/shadow"),
        "read what others have in /tmp": partial(read, "/tmp/letter"),
        "read the config": partial(read, "/etc/edgepose/edgepose.yaml"),
        **{f"read {path}": partial(read, path) for path in ABOUT_THE_MACHINE},
    }


def of_processes(daemon: int) -> Attempts:
    """What may be done with others, with the machine, and with itself."""
    everything = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    return {
        "see process 1": partial(read, "/proc/1/status"),
        "see the daemon": partial(read, f"/proc/{daemon}/statm"),
        "signal process 1": partial(os.kill, 1, 0),
        "signal the daemon": partial(os.kill, daemon, 0),
        "ask systemd": partial(run, "systemctl", "show", "edgepose.service"),
        "command systemd": partial(run, "systemctl", "--no-ask-password", "reset-failed"),
        "memory to write and run": partial(mmap.mmap, -1, mmap.PAGESIZE, prot=everything),
        "memory written, then run": turn_executable,
        "mount": lambda: checked(LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None)),
        **{
            f"a {name} name space": in_child(partial(unshare, flag)) for name, flag in CLONE.items()
        },
        "be traced": in_child(lambda: checked(LIBC.ptrace(PTRACE_TRACEME, 0, 0, 0))),
        "change the user": in_child(lambda: os.setuid(os.getuid())),
        "change the groups": in_child(lambda: os.setgroups([])),
        "real-time scheduling": in_child(
            lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        ),
        "another personality": in_child(lambda: checked(LIBC.personality(PER_LINUX32))),
        "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
        "set the host's name": lambda: socket.sethostname(socket.gethostname()),
        **{f"call {name}": partial(system_call, name) for name in NUMBERS},
    }


def of_sockets(places: dict[str, str]) -> Attempts:
    """Who may be reached."""
    return {
        "raw sockets": partial(open_socket, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
        "packet sockets": partial(open_socket, socket.AF_PACKET, socket.SOCK_DGRAM),
        "the kernel's ciphers": partial(open_socket, AF_ALG, socket.SOCK_SEQPACKET),
        "the kernel's events": partial(
            open_socket, socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT
        ),
        **{f"connect to {name}": partial(connect, place) for name, place in places.items()},
        **{f"send to {name}": partial(send, place) for name, place in places.items()},
    }


def main(label: str, daemon: str, *words: str) -> None:
    """Try it all."""
    places = {name: place for name, _, place in (word.partition("=") for word in words)}
    attempts = {**of_files(), **of_processes(int(daemon)), **of_sockets(places)}
    for name, attempt in attempts.items():
        result = None
        try:
            attempt()
        except OSError as error:
            result = f"{type(error).__name__}: {error}"
        print("ATTEMPT", label, json.dumps([name, result]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
