"""The rehearsal itself: what the tests of the installed edgepose stand on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.appliance import camera
from tests.appliance.conftest import CACHE
from tests.appliance.files import Files
from tests.appliance.machine import Machine
from tests.appliance.rehearsal import Rehearsal
from tests.harness.broker import free_port
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]

CAPTURE = """
import contextlib
import json
from picamera2 import Picamera2

camera = Picamera2()
camera.configure(camera.create_video_configuration({"format": "NV12", "size": (640, 480)}))
camera.start()
model = camera.camera_properties["Model"]
stamps = []
for number in range(5):
    request = camera.capture_request()
    stamps.append(request.get_metadata()["SensorTimestamp"])
    picture = request.make_buffer("main")
    request.release()
camera.close()
picture.tofile("/srv/picture")
print(json.dumps([model, stamps]))
"""

NOTIFIER = """
from threading import Event
from systemd import daemon, journal

daemon.notify("READY=1\\nSTATUS=awake")
journal.send("up and well", PRIORITY="5", EDGEPOSE_PART="notifier")
while True:
    daemon.notify("WATCHDOG=1")
    Event().wait(0.1)
"""

UNIT = """
[Service]
Type=notify
ExecStart=/usr/bin/python3 /srv/notifier.py
WatchdogSec=3
TimeoutAbortSec=1
"""


@pytest.fixture(scope="module")
def another(rehearsal: Rehearsal) -> Iterator[Files]:
    """The files of a second machine, which may be switched off and on."""
    with rehearsal.debian() as files:
        yield files


@pytest.fixture(scope="module")
def picamera2(machine: Machine) -> Machine:
    """The machine, with picamera2 installed as on a Pi."""
    machine.run("apt-get", "-q", "update")
    machine.run("apt-get", "-qy", "install", "--no-install-recommends", "python3-picamera2")
    return machine


def test_systemd_has_started_everything(machine: Machine) -> None:
    assert machine.run("systemctl", "--failed", "--plain", "--no-legend").stdout == ""
    assert machine.state == "running"


def test_it_is_a_pi_as_far_as_debian_goes(machine: Machine) -> None:
    assert machine.run("hostname").stdout == "raspberrypi\n"
    version = machine.run("python3", "-c", "import sys; print(*sys.version_info[:2])").stdout
    assert version == "3 13\n"


def test_the_real_picamera2_sees_what_is_before_the_camera(picamera2: Machine) -> None:
    (picamera2.root / "srv/capture.py").write_text(CAPTURE)
    model, stamps = json.loads(picamera2.run("python3", "/srv/capture.py").stdout)
    assert model == camera.NAME
    assert stamps == sorted(set(stamps))
    # In NV12 the luma comes first, a whole plane of it.
    seen = np.fromfile(picamera2.root / "srv/picture", np.uint8)[: 640 * 480].reshape(480, 640)
    likeness = []
    for path in (picamera2.root / camera.FRAMES).iterdir():
        shown = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert shown is not None
        likeness.append(np.corrcoef(seen.ravel(), shown.ravel())[0, 1])
    assert max(likeness) > 0.99


def test_the_camera_can_be_unplugged(machine: Machine) -> None:
    code = "import libcamera; print(len(libcamera.CameraManager.singleton().cameras))"
    with camera.unplugged(machine.root):
        assert machine.run("python3", "-c", code).stdout == "0\n"
    assert machine.run("python3", "-c", code).stdout == "1\n"


def test_an_environment_with_the_system_s_packages_has_picamera2(picamera2: Machine) -> None:
    picamera2.run("python3", "-m", "venv", "--system-site-packages", "--without-pip", "/srv/venv")
    code = "import picamera2, sys; print(sys.prefix)"
    assert picamera2.run("/srv/venv/bin/python", "-c", code).stdout == "/srv/venv\n"


def test_the_real_mosquitto_answers(machine: Machine) -> None:
    port = str(free_port())
    config = machine.root / "etc/mosquitto/conf.d/rehearsal.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    machine.run("systemctl", "start", "mosquitto")
    listener = machine.start("mosquitto_sub", "-p", port, "-t", "a/#", "-C", "1", "-W", "10")
    # Retained: it does not matter who comes first.
    machine.run("mosquitto_pub", "-p", port, "-t", "a/b", "-m", "kept", "-r")
    heard, _ = listener.communicate()
    machine.run("systemctl", "stop", "mosquitto")
    assert heard == "kept\n"


@pytest.fixture
def notifier(machine: Machine) -> Iterator[str]:
    (machine.root / "srv/notifier.py").write_text(NOTIFIER)
    name = "notifier.service"
    (machine.root / "etc/systemd/system" / name).write_text(UNIT)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", name)
    yield name
    machine.run("systemctl", "stop", name)
    machine.run("systemctl", "reset-failed", name, check=False)


def test_a_unit_tells_that_it_is_ready(machine: Machine, notifier: str) -> None:
    shown = machine.show(notifier, "ActiveState", "SubState", "StatusText")
    assert shown == {"ActiveState": "active", "SubState": "running", "StatusText": "awake"}


def test_the_watchdog_ends_a_unit_that_stands_still(machine: Machine, notifier: str) -> None:
    machine.run("systemctl", "kill", "--signal=STOP", notifier)
    machine.wait_for("systemctl", "show", notifier, says="Result=watchdog")


def test_the_journal_keeps_fields(machine: Machine, notifier: str) -> None:
    entries = machine.journal(notifier, ["MESSAGE", "PRIORITY", "EDGEPOSE_PART"])
    own = [entry for entry in entries if entry.get("EDGEPOSE_PART") == "notifier"]
    assert own
    assert own[-1]["MESSAGE"] == "up and well"
    assert own[-1]["PRIORITY"] == "5"


def test_without_a_network_there_is_only_the_loopback(rehearsal: Rehearsal, another: Files) -> None:
    with rehearsal.machine(another, "none") as alone:
        links = json.loads(alone.run("ip", "-json", "address").stdout)
    assert [(link["ifname"], "UP" in link["flags"]) for link in links] == [("lo", True)]


def test_files_survive_a_power_cut_and_the_journal_knows_two_boots(
    rehearsal: Rehearsal, another: Files
) -> None:
    machine = rehearsal.machine(another)
    machine.boot()
    machine.run("sh", "-c", "echo yes >/srv/left; sync")
    machine.cut_power()
    with machine:
        assert machine.run("cat", "/srv/left").stdout == "yes\n"
        boots = json.loads(machine.run("journalctl", "--list-boots", "-o", "json").stdout)
    assert len(boots) >= 2


def traces(machine_cgroup: str, place: Path) -> list[str]:
    """What is left of a machine on this computer."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(place) in line]
    script = 'mount -t cgroup2 cgroup2 /mnt && ls -d "/mnt/$1" || true'
    found = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", machine_cgroup],
        check=True,
        capture_output=True,
        text=True,
    )
    inside = []
    for process in Path("/proc").glob("[0-9]*"):
        # Others come and go meanwhile.
        with contextlib.suppress(OSError):
            if machine_cgroup in (process / "cgroup").read_text():
                inside.append(str(process))
    return [*mounts, *found.stdout.splitlines(), *inside]


def test_a_shutdown_leaves_nothing_behind(rehearsal: Rehearsal, another: Files) -> None:
    machine = rehearsal.machine(another)
    machine.boot()
    assert traces(machine.cgroup, another.place)
    machine.shutdown()
    assert traces(machine.cgroup, another.place) == []


KILLED = """
import sys, threading
from pathlib import Path
from tests.appliance.files import Files
from tests.appliance.rehearsal import Rehearsal

files = Files(Path(sys.argv[3]), int(sys.argv[2]))
machine = Rehearsal(Path(sys.argv[1])).machine(files)
machine.boot()
print(machine.cgroup, flush=True)
threading.Event().wait()
"""


def test_a_killed_test_run_leaves_nothing_behind(another: Files) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, CACHE, str(another.holder), another.place],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert run.stdout is not None
    cgroup = run.stdout.readline().strip()
    assert traces(cgroup, another.place)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    wait_for(lambda: not traces(cgroup, another.place), 20, "everything is gone")
