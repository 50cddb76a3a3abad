"""Faults of an installed edgepose, each caused for real and taken away again.

What is changed is the machine's root, its unit or its devices; the product stays as it is. Each is
a context manager that gives nothing.
"""

import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.appliance.house import UNIT, House
from tests.appliance.machine import Machine
from tests.harness.wall_clock import DAY_S, SOURCE

CONFIG: Final = Path("etc/edgepose/edgepose.yaml")
STATE: Final = Path("/var/lib/edgepose")
MODELS: Final = Path("opt/edgepose/share/edgepose/models")
PACKAGES: Final = "opt/edgepose/lib/python3*/site-packages"
EARLY_CLOCK: Final = "/usr/local/lib/wall_clock.so"
LOCK: Final = (
    "import fcntl, sys, threading; device = open(sys.argv[1], 'r+b', 0); "
    "fcntl.lockf(device, fcntl.LOCK_EX); print('held', flush=True); threading.Event().wait()"
)
"""As libcamera does it with the media device of a camera that it uses."""
OPEN: Final = LOCK.replace("fcntl.lockf(device, fcntl.LOCK_EX)", "pass")
NUMPY_1: Final = (
    'raise ValueError("numpy.dtype size changed, may indicate binary incompatibility. '
    'Expected 96 from C header, got 88 from PyObject")\n'
)
"""How every module ends that was built for numpy 1 and meets numpy 2."""


@contextmanager
def stopped(house: House) -> Iterator[None]:
    """The service is stopped; it works again afterwards."""
    house.machine.run("systemctl", "stop", UNIT)
    try:
        yield
    finally:
        house.machine.run("systemctl", "daemon-reload")
        house.machine.run("systemctl", "reset-failed", UNIT, check=False)
        house.machine.run("systemctl", "restart", UNIT)
        house.poses_go_on()


@contextmanager
def disabled(machine: Machine) -> Iterator[None]:
    """It does not start at boot."""
    machine.run("systemctl", "disable", UNIT)
    try:
        yield
    finally:
        machine.run("systemctl", "enable", UNIT)


@contextmanager
def drop_in(machine: Machine, *lines: str, name: str = "mine.conf") -> Iterator[None]:
    """Somebody has changed the unit."""
    file = machine.root / "etc/systemd/system/edgepose.service.d" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(("[Service]", *lines, "")))
    machine.run("systemctl", "daemon-reload")
    try:
        yield
    finally:
        file.unlink()
        machine.run("systemctl", "daemon-reload")


@contextmanager
def unread(machine: Machine) -> Iterator[None]:
    """The unit's file was changed, and systemd does not know of it."""
    file = machine.root / "etc/systemd/system" / UNIT
    before = file.read_text()
    file.write_text(f"{before}# mine\n")
    try:
        yield
    finally:
        file.write_text(before)
        machine.run("systemctl", "daemon-reload")


@contextmanager
def away(path: Path) -> Iterator[None]:
    """A file or a folder of the root is not there."""
    aside = path.rename(path.with_name(f"{path.name}.away"))
    try:
        yield
    finally:
        aside.rename(path)


@contextmanager
def altered(path: Path) -> Iterator[None]:
    """One bit of a file is another one."""
    before = path.read_bytes()
    where = len(before) // 2
    path.write_bytes(before[:where] + bytes([before[where] ^ 1]) + before[where + 1 :])
    try:
        yield
    finally:
        path.write_bytes(before)


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    """A file says something else, or is there at all."""
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before)


@contextmanager
def old_simplejpeg(root: Path) -> Iterator[None]:
    """A simplejpeg that was built for numpy 1 stands before the other."""
    folder = next(root.glob(PACKAGES)) / "simplejpeg"
    folder.mkdir()
    (folder / "__init__.py").write_text(NUMPY_1)
    try:
        yield
    finally:
        shutil.rmtree(folder)


@contextmanager
def device(machine: Machine, name: str, code: str) -> Iterator[None]:
    """A device of a camera, which another process locks (`LOCK`) or has open (`OPEN`)."""
    machine.run("mknod", f"/dev/{name}", "c", "1", "3")
    holder = machine.start("python3", "-c", code, f"/dev/{name}")
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        yield
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
        machine.run("rm", f"/dev/{name}")


@contextmanager
def mounted(machine: Machine, place: Path, options: str, used: int) -> Iterator[None]:
    """A small disk is there, with so many bytes on it."""
    machine.run("mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", str(place))
    try:
        machine.run("chown", "edgepose:", str(place))
        fill = f"head -c {used} /dev/zero >{place}/full || true"
        machine.run("sh", "-c", fill)
        machine.run("mount", "-o", f"remount,{options}", str(place))
        yield
    finally:
        machine.run("umount", str(place))


@contextmanager
def firmware(machine: Machine, word: str) -> Iterator[None]:
    """A Pi's firmware that says this of heat and power: nothing in a rehearsal would."""
    place = "/sys/devices/platform"
    machine.run("mount", "-t", "tmpfs", "tmpfs", place)
    try:
        folder = f"{place}/soc/soc:firmware"
        machine.run("mkdir", "-p", folder)
        machine.run("sh", "-c", f"echo {word} >{folder}/get_throttled")
        yield
    finally:
        machine.run("umount", place)


def early_clock(machine: Machine) -> dict[str, str]:
    """The environment of a program whose wall clock was never set since the machine started.

    Compiled inside: its C library is another one.
    """
    source, shift = "usr/local/src/wall_clock.c", "usr/local/lib/wall_clock.shift"
    shutil.copyfile(SOURCE, machine.root / source)
    compiled = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", EARLY_CLOCK]
    machine.run(*compiled, f"/{source}")
    (machine.root / shift).write_bytes(struct.pack("q", round(-20 * 365 * DAY_S * 1e9)))
    return {"LD_PRELOAD": EARLY_CLOCK, "WALL_CLOCK_SHIFT": f"/{shift}"}
