"""`edgepose doctor` on an installed Pi: what it finds of an installation, each made true.

Several faults are caused at once where none hides another, and one doctor looks at them all.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from tests.appliance.faults import (
    LOCK,
    MODELS,
    PACKAGES,
    STATE,
    altered,
    away,
    device,
    disabled,
    drop_in,
    early_clock,
    firmware,
    mounted,
    old_simplejpeg,
    stopped,
    unread,
    written,
)
from tests.appliance.house import UNIT, House
from tests.appliance.told import OTHER, Told, another_config, doctor
from tests.harness.broker import Broker, free_port
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]
PASSWORD = "stands-nowhere-else"
MODEL = "pose_landmarker_full.task"


@pytest.fixture(scope="class")
def while_stopped(installed: House) -> Iterator[Told]:
    machine, root = installed.machine, installed.machine.root
    clock = early_clock(machine)
    with ExitStack() as faults:
        other = faults.enter_context(
            another_config(installed, {"  engine: litert": "  engine: mediapipe"})
        )
        faults.enter_context(stopped(installed))
        faults.enter_context(disabled(machine))
        closed = ("SupplementaryGroups=", "IPAddressAllow=", "IPAddressDeny=any")
        faults.enter_context(drop_in(machine, *closed))
        faults.enter_context(altered(root / MODELS / MODEL))
        faults.enter_context(device(machine, "media0", LOCK))
        faults.enter_context(mounted(machine, STATE, "rw", 8_000_000))
        faults.enter_context(firmware(machine, "50005"))
        yield doctor(installed, other, env=clock)


class TestStopped:
    """What may be wrong with a service that does not run."""

    def test_it_does_not_run(self, while_stopped: Told) -> None:
        while_stopped.assert_has("unit", "failure", "does not run", "sudo systemctl start edgepose")

    def test_it_does_not_start_at_boot(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "unit", "warning", "does not start at boot", "sudo systemctl enable edgepose"
        )

    def test_the_unit_is_changed(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "unit", "warning", "edgepose.service.d/mine.conf", "systemctl cat edgepose"
        )

    def test_the_user_may_not_use_the_camera(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "user", "failure", "not in the group video", "usermod -aG video edgepose"
        )

    def test_the_broker_is_outside_the_filter(self, while_stopped: Told) -> None:
        while_stopped.assert_has("broker", "failure", "address filter", "IPAddressAllow=127.0.0.1")

    def test_the_model_is_altered(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "model", "failure", f"{MODEL} is altered", "edgepose model get --force full"
        )

    def test_the_camera_is_held_and_by_whom(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "camera", "failure", "held by another process: python3 (process ", "Stop it"
        )

    def test_the_disk_is_nearly_full(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "disk", "warning", f"{STATE} is nearly full", f"du -xh --max-depth=2 {STATE}"
        )

    def test_the_power_supply_is_too_weak(self, while_stopped: Told) -> None:
        while_stopped.assert_has("power", "failure", "now its voltage is too low", "power supply")

    def test_it_is_throttled(self, while_stopped: Told) -> None:
        while_stopped.assert_has("power", "warning", "now the firmware slows it down", "heat sink")

    def test_the_clock_is_not_set(self, while_stopped: Told) -> None:
        while_stopped.assert_has("clock", "warning", "not set", "timedatectl")

    def test_libraries_of_mediapipe_are_missing(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "packages", "failure", "libEGL.so.1, libGLESv2.so.2", "apt install libegl1"
        )

    def test_the_engine_is_not_installed(self, while_stopped: Told) -> None:
        while_stopped.assert_has(
            "engine", "failure", "mediapipe is not installed", "--engine litert"
        )


@pytest.fixture(scope="class")
def while_broken(installed: House) -> Iterator[Told]:
    machine, root = installed.machine, installed.machine.root
    packages = next(root.glob(PACKAGES))
    library = packages / "ai_edge_litert/libpywrap_litert_common.so"
    with ExitStack() as faults:
        other = faults.enter_context(
            another_config(installed, {f"port: {installed.broker.port}": f"port: {free_port()}"})
        )
        faults.enter_context(stopped(installed))
        faults.enter_context(drop_in(machine, "Type=simple", "ExecStart=", "ExecStart=/bin/false"))
        faults.enter_context(away(library))
        faults.enter_context(away(packages / "rich"))
        faults.enter_context(old_simplejpeg(root))
        faults.enter_context(mounted(machine, STATE, "rw", 9_000_000))
        faults.enter_context(firmware(machine, "50000"))
        machine.run("systemctl", "start", UNIT, check=False)
        wait_for(lambda: machine.show(UNIT, "SubState")["SubState"] == "auto-restart", 20, "it")
        yield doctor(installed, other)


class TestBroken:
    """What may be wrong with the files of a service that ends again and again."""

    def test_it_ends_again_and_again(self, while_broken: Told) -> None:
        while_broken.assert_has("unit", "failure", "ends again and again", "journalctl -u edgepose")

    def test_the_engine_does_not_start(self, while_broken: Told) -> None:
        while_broken.assert_has("engine", "failure", "litert does not work: ", "edgepose.wheels")

    def test_a_package_is_missing(self, while_broken: Told) -> None:
        while_broken.assert_has("packages", "failure", "rich", "edgepose.wheels")

    def test_simplejpeg_is_built_for_an_older_numpy(self, while_broken: Told) -> None:
        while_broken.assert_has(
            "picamera2", "failure", "built for another numpy", 'install "simplejpeg>=1.9"'
        )

    def test_the_broker_cannot_be_reached(self, while_broken: Told) -> None:
        while_broken.assert_has(
            "broker", "failure", "cannot be reached: Connection refused", "mqtt.host"
        )

    def test_the_disk_is_full(self, while_broken: Told) -> None:
        while_broken.assert_has("disk", "failure", f"{STATE} is full")

    def test_it_had_too_little_power_since_it_was_switched_on(self, while_broken: Told) -> None:
        while_broken.assert_has("power", "warning", "before, its voltage was too low")


@pytest.fixture(scope="class")
def beside_work(installed: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Another configuration is looked at, so that the service goes on."""
    machine, root = installed.machine, installed.machine.root
    with ExitStack() as faults:
        folder = tmp_path_factory.mktemp("strict")
        strict = faults.enter_context(Broker(folder, users={"pi": "another"}))
        secret = "LoadCredential=mqtt-password:/srv/secret"
        faults.enter_context(written(root / "srv/secret", f"{PASSWORD}\n"))
        (root / "srv/secret").chmod(0o600)
        faults.enter_context(drop_in(machine, secret, name="mqtt-password.conf"))
        changes = {
            f"port: {installed.broker.port}": f"port: {strict.port}",
            "username: null": "username: pi",
        }
        other = faults.enter_context(another_config(installed, changes))
        faults.enter_context(unread(machine))
        faults.enter_context(away(root / MODELS / MODEL))
        faults.enter_context(mounted(machine, STATE, "ro", 0))
        nobody = ("runuser", "-u", "nobody", "--", "edgepose", "doctor", "--json", other)
        stranger = machine.run(*nobody, check=False).stdout
        yield replace(doctor(installed, other), to_nobody=stranger)
    installed.poses_go_on()


class TestAtWork:
    """What may be wrong beside a service that runs."""

    def test_the_model_is_missing(self, beside_work: Told) -> None:
        beside_work.assert_has("model", "failure", "model", "edgepose model get")

    def test_systemd_has_not_read_the_change(self, beside_work: Told) -> None:
        beside_work.assert_has("unit", "warning", "has not read", "sudo systemctl daemon-reload")

    def test_the_broker_refuses_the_password(self, beside_work: Told) -> None:
        beside_work.assert_has(
            "broker", "failure", "the password of /srv/secret", "nano /srv/secret"
        )
        assert PASSWORD not in beside_work.text

    def test_the_state_directory_is_read_only(self, beside_work: Told) -> None:
        beside_work.assert_has("disk", "warning", f"{STATE} is read-only")

    def test_what_the_running_service_has_is_ok(self, beside_work: Told) -> None:
        assert (
            beside_work.level("camera")
            == beside_work.level("engine")
            == beside_work.level("service")
            == {"ok"}
        )

    def test_without_root_the_password_is_not_known(self, beside_work: Told) -> None:
        Told(1, beside_work.to_nobody).assert_has(
            "broker", "warning", "not known", "sudo edgepose doctor"
        )

    def test_with_the_right_password_the_broker_takes_us(
        self, installed: House, beside_work: Told
    ) -> None:
        assert beside_work
        (installed.machine.root / "srv/secret").write_text("another\n")
        doctor(installed, OTHER).assert_has("broker", "ok", "takes us")
