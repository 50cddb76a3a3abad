"""One daemon on an emulated processor: `play`, or `python -m tests.processors.stage CASE...`.

Process 1 in name spaces of its own, so nothing of it is left when it ends, no process and no mount;
and there is no network but a loopback, on which a mosquitto and a stranger wait for the daemon.
They run on the host's processor. `AssertionError` with the daemon's log when it does not do what is
waited for.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.harness.broker import Broker
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.processors.root import COMPILE

LIMIT_S: Final = 300.0
POSES: Final = 2
"""The first time the person is found by both networks, the next time by tracking."""
CASES: Final = (
    ("cortex-a53", "auto"),
    ("cortex-a72", "auto"),
    ("cortex-a76", "auto"),
    ("cortex-a76", "litert"),
)
"""Processor and what `detection.engine` says."""
SIZE: Final = (320, 240)
SCENE: Final = "waving"
RATE: Final = 0.0
"""Frames are drawn as fast as they are used, so an engine may be as slow as it is."""
_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_APART: Final = ("--mount", "--pid", "--fork", "--kill-child", "--net")
_MOUNT: Final = """
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
for folder in dev srv tmp; do mount -t tmpfs tmpfs $folder; done
for name in null zero full random urandom; do cp -a /dev/$name dev/; done
mkdir -p dev/shm srv/product/edgepose srv/product/models
mount --bind "$2" srv/product/edgepose
mount --bind "$3" srv/product/models
mount --bind var/cache var/cache
mount -o remount,bind,ro "$1"
chroot . /opt/emulator/busybox ip link set lo up
chroot . "$4" /srv/product/edgepose
"""


class Case(NamedTuple):
    """Where everything is, and what is wanted. `product`: the folder of the package edgepose;
    `models`: that of the bundles and their list."""

    root: str
    product: str
    models: str
    processor: str
    engine: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a stranger was told: the newest health message and the pose messages."""

    health: dict[str, Any]
    poses: list[str]
    log: str


def play(case: Case) -> Told:
    """Do it all in name spaces of its own; AssertionError when it fails. Takes about a minute."""
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", *_APART]
    done = subprocess.run(
        [*command, sys.executable, "-m", "tests.processors.stage", *case],
        check=False,
        capture_output=True,
        text=True,
        cwd=_CHECKOUT,
    )
    assert done.returncode == 0, f"{case.processor}, {case.engine}: {done.stderr}"
    return Told(**json.loads(done.stdout))


def _watch(case: Case, folder: Path) -> Told:
    log = folder / "log"
    with Broker(folder) as broker, Subscriber(broker.port) as stranger, log.open("wb") as output:
        config = {
            "device": {"id": "tested"},
            "camera": {"source": "actor", "scene": SCENE, "size": SIZE, "rate": RATE},
            "detection": {"engine": case.engine, "model": "full"},
            "mqtt": {"host": "127.0.0.1", "port": broker.port},
            "health": {"interval": 1},
        }
        Path(case.root, "srv/edgepose.yaml").write_text(json.dumps(config))
        python = f"/opt/{case.processor}/python"
        daemon = subprocess.Popen(
            ["chroot", case.root, python, "-m", "edgepose", "run", "--config=/srv/edgepose.yaml"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={
                "HOME": "/tmp",
                "LANG": "C.UTF-8",
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "PYTHONPATH": "/srv/product",
                # The root may not be written to, and compiling takes long on such a processor.
                "PYTHONPYCACHEPREFIX": "/var/cache/python",
                "MPLCONFIGDIR": "/var/cache/matplotlib",
            },
        )

        def told() -> Told | None:
            assert daemon.poll() is None, "the daemon ended"
            poses = [message.payload.decode() for message in stranger.on("/pose")]
            healths = [health for health in stranger.healths() if health["engine"]]
            again = [health["restarts"] for health in healths if health["restarts"]["vision"]]
            assert not again, f"the vision process was started again: {again}"
            if len(poses) < POSES or not healths:
                return None
            return Told(healths[-1], poses, log.read_text())

        try:
            return wait_for(told, LIMIT_S, f"health and {POSES} poses", step_s=0.1)
        except AssertionError as failure:
            raise AssertionError(f"{failure}; its log:\n{log.read_text()}") from None


def main(words: list[str]) -> None:
    """Set the stage, and let it be seen."""
    case = Case(*words)
    mount = ["sh", "-ec", _MOUNT, "sh", case.root, case.product, case.models, COMPILE]
    subprocess.run(mount, check=True)
    with tempfile.TemporaryDirectory() as folder:
        told = _watch(case, Path(folder))
    print(json.dumps(dataclasses.asdict(told)), flush=True)
    # The daemon goes with this process.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
