"""`edgepose doctor` on an installed Pi: what it finds of the running service, each made true."""

import json
from pathlib import Path

import pytest

from tests.appliance import camera
from tests.appliance.faults import (
    CONFIG,
    OPEN,
    device,
    stopped,
    written,
)
from tests.appliance.house import UNIT, House
from tests.appliance.told import Told, doctor
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]


@pytest.fixture(scope="class")
def fresh(installed: House) -> None:
    """What the tests before this one have done to the vision process is forgotten."""
    run = installed.health()["run"]
    installed.machine.run("systemctl", "restart", UNIT)

    def is_well() -> bool:
        health = installed.health()
        return (health["run"] != run, health["status"]) == (True, "ok")

    wait_for(is_well, 60, "another daemon that is well")
    installed.poses_go_on()


@pytest.mark.usefixtures("fresh")
class TestAllIsWell:
    def test_as_json_every_check_is_ok(self, installed: House) -> None:
        pid = installed.machine.show(UNIT, "MainPID")
        told = doctor(installed)
        assert {each["level"] for each in told.findings} == {"ok"}, told.findings
        assert all(each["todo"] is None for each in told.findings)
        assert len({each["check"] for each in told.findings}) == 15
        told.assert_has("camera", "ok", f"{camera.NAME}, at work in the service")
        told.assert_has("engine", "ok", "litert, at work in the service")
        # It has disturbed nothing.
        installed.poses_go_on()
        health = installed.health()
        assert (health["status"], health["restarts"]["vision"]) == ("ok", 0)
        assert installed.machine.show(UNIT, "MainPID") == pid

    def test_in_words_the_first_line_says_it(self, installed: House) -> None:
        said = installed.machine.run("edgepose", "doctor").stdout.splitlines()
        assert said[0].startswith("All is well")
        assert all(len(line) <= 80 for line in said)
        # No terminal, no colours.
        assert "\x1b" not in "".join(said)

    def test_without_root_nothing_fails(self, installed: House) -> None:
        nobody = ("runuser", "-u", "nobody", "--", "edgepose", "doctor", "--json")
        done = installed.machine.run(*nobody)
        assert json.loads(done.stdout)["ok"] is True


def test_an_old_config_in_force(installed: House) -> None:
    config = installed.machine.root / CONFIG
    before = config.read_text()
    line = before[: before.index("  rate: 10")].count("\n") + 1
    with written(config, before.replace("  rate: 10", "  ratte: 30")):
        wait_for(lambda: installed.health()["status"] == "degraded", 20, "it is refused")
        told = doctor(installed)
        told.assert_has(
            "config", "failure", f":{line}:3: camera.ratte: unknown key", f"nano +{line} "
        )
        told.assert_has(
            "config", "failure", f"OLD CONFIG: line {line}: camera.ratte", "reload edgepose"
        )
    wait_for(lambda: installed.health()["status"] == "ok", 20, "all is well")


def test_a_config_that_only_root_may_read(installed: House) -> None:
    config = installed.machine.root / CONFIG
    mode = config.stat().st_mode & 0o777
    config.chmod(0o600)
    try:
        doctor(installed).assert_has(
            "config", "failure", "may not be read", f"sudo chmod a+r /{CONFIG}"
        )
    finally:
        config.chmod(mode)
    wait_for(lambda: installed.health()["status"] == "ok", 20, "all is well")


def test_a_service_that_has_failed(installed: House) -> None:
    config = installed.machine.root / CONFIG
    with stopped(installed), device(installed.machine, "video0", OPEN):
        (installed.machine.root / "var/lib/edgepose/config.json").unlink(missing_ok=True)
        with written(config, "camera: {}\nmqtt: {portt: 1}\n"):
            installed.machine.run("systemctl", "start", UNIT, check=False)
            told = doctor(installed)
            told.assert_has(
                "unit", "failure", "has failed: its configuration cannot be used", "restart"
            )
            told.assert_has("config", "failure", "mqtt.portt: unknown key")
        # Now looked at with a good one, it has a camera that others have open.
        told = doctor(installed)
        told.assert_has("camera", "ok", "can be opened")
        told.assert_has("camera", "warning", "a device of it is open in python3 (process ")
        told.assert_has("engine", "ok", "litert works")


def test_a_camera_that_was_unplugged(installed: House) -> None:
    machine = installed.machine
    with camera.unplugged(machine.root):
        machine.run("systemctl", "kill", "--kill-whom=all", "--signal=KILL", UNIT, check=False)
        wait_for(lambda: installed.health()["camera"] == "missing", 30, "the camera is missed")
        told = doctor(installed)
        told.assert_has("service", "failure", "camera missing", "journalctl")
        told.assert_has("service", "warning", "had to be started again", "journalctl")
        told.assert_has("camera", "failure", "no camera was found")
    installed.poses_go_on()
    # systemd counts how often it had to start it.
    doctor(installed).assert_has("unit", "warning", "had to start it again")
    machine.run("systemctl", "restart", UNIT)
    installed.poses_go_on()


def test_a_pause_is_kept(installed: House) -> None:
    root = "edgepose/pi/command"
    installed.stranger.publish(f"{root}/pause")
    wait_for(lambda: installed.health()["camera"] == "off", 20, "the camera is off")
    try:
        told = doctor(installed)
        told.assert_has("service", "warning", "paused", "resume")
        told.assert_has("camera", "ok", "paused")
        assert told.level("engine") == {"ok"}
    finally:
        installed.stranger.publish(f"{root}/resume")
    installed.poses_go_on()


def test_a_processor_that_is_none_of_ours(installed: House) -> None:
    done = installed.machine.run("setarch", "i686", "edgepose", "doctor", "--json", check=False)
    told = Told(done.returncode, done.stdout)
    told.assert_has("machine", "failure", "the processor is i686", "64-bit Raspberry Pi OS")


def test_nothing_is_left_of_all_that(installed: House) -> None:
    told = doctor(installed)
    assert {each["level"] for each in told.findings} == {"ok"}, told.findings
    assert not Path(installed.machine.root / "srv/other.yaml").exists()
