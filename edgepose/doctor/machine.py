"""The machine: processor, C library, Python, memory, clock. Standard library only.

Runs on any thread. Raises nothing that is not told as a finding.
"""

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgepose.doctor.finding import Finding, failure, ok, warning
from edgepose.service.clock import boottime_ns, is_unset, iso, unix_us

PROCESSORS: Final = ("aarch64", "x86_64")
PYTHONS: Final = ((3, 11), (3, 13))
GLIBC: Final = (2, 28)
"""What the wheels of both engines are built for: manylinux_2_28."""
LEAST_MB: Final = 350
SPARE_MB: Final = 60
"""Below it the kernel soon has to end something."""
_NEWER: Final = "Install the 64-bit Raspberry Pi OS, Bookworm or newer."


@dataclass(frozen=True, slots=True)
class Machine:
    """What counts: the processor as the kernel calls it, bits of the programs, versions, memory in
    MB; None where not known."""

    processor: str
    bits: int
    python: tuple[int, int]
    glibc: tuple[int, int] | None
    memory_mb: int

    @classmethod
    def here(cls) -> "Machine":
        """The one that this runs on."""
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        parts = version.split(".")
        known = name == "glibc" and len(parts) > 1 and all(part.isdigit() for part in parts[:2])
        return cls(
            os.uname().machine,
            8 * struct.calcsize("P"),
            sys.version_info[:2],
            (int(parts[0]), int(parts[1])) if known else None,
            os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000,
        )


def look(here: Machine) -> Iterator[Finding]:
    """Whether edgepose can run on it."""
    trouble = list(_wrong(here))
    yield from trouble
    if not trouble:
        libc = "" if here.glibc is None else f"glibc {_dotted(here.glibc)}, "
        yield ok(
            "machine",
            f"{_board() or here.processor}, 64-bit, {libc}Python {_dotted(here.python)}, "
            f"{here.memory_mb} MB of memory",
        )


def _wrong(here: Machine) -> Iterator[Finding]:
    if here.bits != 64:
        kernel = " although the kernel is 64-bit" if here.processor in PROCESSORS else ""
        yield failure("machine", f"the system is {here.bits}-bit{kernel}: no engine runs", _NEWER)
    elif here.processor not in PROCESSORS:
        yield failure(
            "machine",
            f"the processor is {here.processor}; edgepose runs on {' and '.join(PROCESSORS)}",
            _NEWER,
        )
    if not PYTHONS[0] <= here.python <= PYTHONS[1]:
        allowed = f"{_dotted(PYTHONS[0])} to {_dotted(PYTHONS[1])}"
        yield failure("machine", f"Python is {_dotted(here.python)}; needed is {allowed}", _NEWER)
    if here.glibc is None or here.glibc < GLIBC:
        found = "another one" if here.glibc is None else _dotted(here.glibc)
        yield failure("machine", f"the C library is {found}; needed is glibc 2.28 or newer", _NEWER)
    if here.memory_mb < LEAST_MB:
        yield failure("machine", f"it has {here.memory_mb} MB of memory; {LEAST_MB} MB are needed")


def look_at_memory(meminfo: Path = Path("/proc/meminfo")) -> Iterator[Finding]:
    """Whether some memory is left."""
    words = [line.split() for line in meminfo.read_text().splitlines()]
    kilobytes = {name.rstrip(":"): int(value) for name, value, *_ in words}
    free = kilobytes["MemAvailable"] * 1024 // 1_000_000
    if free < SPARE_MB:
        yield warning(
            "memory",
            f"{free} MB of memory are left: the kernel may soon end something",
            "ps -eo rss,comm --sort=-rss | head   (shows who takes it)",
            "edgepose model get lite   (a smaller model: detection.model: lite)",
        )
    else:
        yield ok("memory", f"{free} MB are free")


def look_at_clock() -> Iterator[Finding]:
    """Whether the wall clock was set since the machine was switched on."""
    now = unix_us(boottime_ns())
    if is_unset(now):
        shown = iso(now)[:16].replace("T", " ")
        yield warning(
            "clock",
            f"it is not set: it shows {shown} UTC, and no time server was reached since the "
            "machine was switched on; messages say so, all else goes on",
            "timedatectl timesync-status   (shows which time server is asked)",
            "sudo timedatectl set-ntp true   (lets it be set by the network)",
            "sudo timedatectl set-ntp false && sudo timedatectl set-time 'YYYY-MM-DD hh:mm'   "
            "(where there is no network)",
        )
    else:
        yield ok("clock", "it is set")


def _board() -> str:
    try:
        # The kernel ends it with a zero.
        return Path("/proc/device-tree/model").read_text(errors="replace").strip("\0\n ")
    except OSError:
        return ""


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
