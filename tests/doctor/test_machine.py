"""What counts of a machine, each bound from both sides."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgepose.doctor.machine import Machine, look, look_at_memory

PI = Machine("aarch64", 64, (3, 13), (2, 41), 1024)


def messages(**changes: Any) -> list[tuple[str, str]]:
    return [(each.level, each.message) for each in look(replace(PI, **changes))]


def test_a_pi_is_ok() -> None:
    ((level, message),) = messages()
    assert level == "ok"
    assert "64-bit, glibc 2.41, Python 3.13, 1024 MB" in message


def test_this_machine_is_known() -> None:
    assert [each.level for each in look(Machine.here())] == ["ok"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # Raspberry Pi OS 32-bit starts a 64-bit kernel on a Pi 4.
        ({"bits": 32}, "32-bit although the kernel is 64-bit"),
        ({"bits": 32, "processor": "armv7l"}, "the system is 32-bit: "),
        ({"processor": "riscv64"}, "the processor is riscv64"),
        ({"python": (3, 10)}, "Python is 3.10; needed is 3.11 to 3.13"),
        ({"python": (3, 14)}, "Python is 3.14"),
        ({"glibc": (2, 27)}, "the C library is 2.27"),
        ({"glibc": None}, "the C library is another one"),
        ({"memory_mb": 349}, "349 MB of memory"),
    ],
)
def test_what_edgepose_cannot_run_on(changes: dict[str, Any], said: str) -> None:
    ((level, message),) = messages(**changes)
    assert level == "failure"
    assert said in message


@pytest.mark.parametrize(
    "changes",
    [{"python": (3, 11)}, {"glibc": (2, 28)}, {"memory_mb": 350}, {"processor": "x86_64"}],
)
def test_what_is_just_enough(changes: dict[str, Any]) -> None:
    assert [level for level, _ in messages(**changes)] == ["ok"]


@pytest.mark.parametrize(("kilobytes", "level"), [(50_000, "warning"), (70_000, "ok")])
def test_little_memory_is_left(tmp_path: Path, kilobytes: int, level: str) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 1000000 kB\nMemAvailable: {kilobytes} kB\nHugePages_Total: 0\n")
    assert [each.level for each in look_at_memory(meminfo)] == [level]
