"""What systemd is told, where it cannot be told, and what the unit says to it."""

import subprocess
from pathlib import Path

import pytest

from edgepose.service.manager import Manager
from tests.harness.daemon import PYTHON
from tests.harness.notify import Listener

CHECKOUT = Path(__file__).resolve().parents[2]


def unit() -> dict[str, list[str]]:
    """Every directive of the unit with all its values: a name may stand there more than once."""
    found: dict[str, list[str]] = {}
    for line in (CHECKOUT / "systemd" / "edgepose.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_lets_the_camera_in() -> None:
    # A rehearsal without a real camera would not miss these.
    assert {"char-video4linux rw", "char-media rw", "char-dma_heap rw"} <= set(
        unit()["DeviceAllow"]
    )
    assert "video" in unit()["SupplementaryGroups"][0].split()
    assert "AF_NETLINK" in unit()["RestrictAddressFamilies"][0].split()


def test_the_unit_starts_before_the_network_and_not_again_on_a_bad_config() -> None:
    assert unit()["Type"] == ["notify"]
    assert unit()["Restart"] == ["on-failure"]
    assert unit()["RestartPreventExitStatus"] == ["78"]
    assert "Wants" not in unit()
    assert "network-online.target" not in " ".join(unit()["After"])
    assert any("MPLCONFIGDIR=/run/edgepose" in value for value in unit()["Environment"])


def test_without_python3_systemd_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("camera: {source: actor}\n")
    done = subprocess.run(
        ["env", "NOTIFY_SOCKET=@nobody", PYTHON, "-m", "edgepose", "run", "--config", "c.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 69
    assert "sudo apt install python3-systemd" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_manager_that_cannot_be_told_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(tmp_path) as listener:
        environment = dict(listener.environment)
        listener.listen()
    # What it listened at is still there, and nobody behind it.
    if "PYTHONPATH" in environment:
        monkeypatch.syspath_prepend(str(tmp_path / "protocol"))
    monkeypatch.setenv("NOTIFY_SOCKET", environment["NOTIFY_SOCKET"])
    manager = Manager()
    manager.ready()
    manager.status("nobody hears this")
    manager.status("nor \0 this")


def test_a_watchdog_that_fails_ends_the_daemon(tmp_path: Path) -> None:
    """Else its pings would cease without a word."""
    (tmp_path / "c.yaml").write_text("camera: {source: actor}\n")
    done = subprocess.run(
        ["env", "WATCHDOG_USEC=soon", PYTHON, "-m", "edgepose", "run", "--config", "c.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 70
    assert "'soon'" in done.stderr
