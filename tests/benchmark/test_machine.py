"""What the kernel tells of a machine, read from trees of files as Pis have them."""

import os
from pathlib import Path

import pytest

from edgepose.bench import machine
from edgepose.bench.prepare import in_the_way
from edgepose.service import thermal


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    write(tmp_path, "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    write(tmp_path, "proc/meminfo", "MemTotal: 3884344 kB\nMemAvailable:    3000000 kB\n")
    write(tmp_path, "etc/os-release", 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n')
    zones = tmp_path / "sys/class/thermal"
    write(zones, "thermal_zone0/type", "gpu-thermal\n")
    write(zones, "thermal_zone0/temp", "40000\n")
    write(zones, "thermal_zone1/type", "cpu-thermal\n")
    write(zones, "thermal_zone1/temp", "61834\n")
    return tmp_path


def test_a_pi_tells_its_board_system_and_memory(pi: Path) -> None:
    about = machine.describe(pi)
    assert about.board == "Raspberry Pi 4 Model B Rev 1.4"
    assert about.system == "Debian GNU/Linux 13 (trixie)"
    assert about.free_mb == 3072
    assert about.versions["edgepose"]


def test_the_processor_s_own_zone_is_taken(pi: Path) -> None:
    assert thermal.temperature_c(pi) == 61.834


def test_a_zone_that_cannot_be_read_is_passed_over(pi: Path) -> None:
    write(pi, "sys/class/thermal/thermal_zone1/temp", "")
    assert thermal.temperature_c(pi) == 40.0


def test_what_is_not_there_is_not_known(tmp_path: Path) -> None:
    assert thermal.temperature_c(tmp_path) is None
    assert thermal.throttling(tmp_path) is None
    about = machine.describe(tmp_path)
    assert (about.board, about.system, about.free_mb) == (None, None, None)
    assert machine.others(tmp_path) == {}


@pytest.mark.parametrize("folder", ["soc/soc:firmware", "soc@107c000000/soc@107c000000:firmware"])
def test_the_firmware_s_word_is_found_on_every_pi(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"sys/devices/platform/{folder}/get_throttled", "50005\n")
    assert thermal.throttling(tmp_path) == 0x50005


@pytest.mark.parametrize(
    ("word", "alarm", "told"),
    [
        (None, "0", 0),
        (None, "1", 1),
        ("40004", "0", 0x40004),
        ("40004", "1", 0x40005),
        ("1", None, 1),
        ("2", "", 2),
        ("", "", None),
    ],
)
def test_the_driver_for_the_voltage_is_heard_too(
    tmp_path: Path, word: str | None, alarm: str | None, told: int | None
) -> None:
    write(tmp_path, "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    write(tmp_path, "sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n")
    if word is not None:
        write(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{word}\n")
    if alarm is not None:
        write(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
        write(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", f"{alarm}\n")
    assert thermal.throttling(tmp_path) == told


def test_where_it_stands_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ns = 10**12
    monkeypatch.setattr(thermal, "boottime_ns", lambda: now_ns)
    assert thermal.throttling(tmp_path) is None
    file = "sys/devices/platform/soc/soc:firmware/get_throttled"
    write(tmp_path, file, "4\n")
    assert thermal.throttling(tmp_path) is None
    now_ns += round(thermal.AGAIN_S * 1e9)
    assert thermal.throttling(tmp_path) == 4
    # Found, it is read each time, and its folder no more.
    monkeypatch.setattr(Path, "glob", None)
    write(tmp_path, file, "0\n")
    assert thermal.throttling(tmp_path) == 0


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (0, 0, ()),
        (0x50000, 0x50000, ()),
        (0, 0x50005, ("under_voltage", "throttled")),
        (0x50000, 0xD0000, ("soft_temperature_limit",)),
        (0x50000, 0x50004, ("throttled",)),
        (0, 0x20000, ("frequency_capped",)),
        (None, None, ()),
    ],
)
def test_only_what_happened_meanwhile_is_told(
    before: int | None, after: int | None, names: tuple[str, ...]
) -> None:
    assert thermal.throttled(before, after) == names


def test_a_vision_process_that_runs_is_found(tmp_path: Path) -> None:
    write(tmp_path, "proc/7/cmdline", "\0".join(["python3", "-P", "-m", "edgepose.vision", "3"]))
    write(tmp_path, "proc/8/cmdline", "\0".join(["vi", "edgepose.vision.txt", ""]))
    assert machine.others(tmp_path) == {7: False}
    assert "systemctl" not in (in_the_way({7: False}) or "")
    write(tmp_path, "proc/7/cgroup", "0::/system.slice/edgepose.service\n")
    assert machine.others(tmp_path) == {7: True}
    assert "systemctl stop edgepose" in (in_the_way({7: True}) or "")


def test_this_process_has_had_memory_and_time() -> None:
    peak = machine.peak_mb(os.getpid())
    assert peak is not None
    assert peak > 5
    assert machine.cpu_s(os.getpid()) > 0
