"""A Pi with edgepose installed by the installer, a broker outside it, and a stranger at the broker.

What the tests of the service and the benchmark of the installation stand on.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgepose.vision.sources import Source
from tests.appliance import camera
from tests.appliance.machine import Machine
from tests.appliance.rehearsal import Rehearsal
from tests.harness.broker import Broker
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

CHECKOUT: Final = Path(__file__).resolve().parents[2]
UNIT: Final = "edgepose.service"
PLACE: Final = "srv/edgepose"
INSTALL: Final = f"/{PLACE}/scripts/install"
INSTALL_S: Final = 600.0


@dataclass
class House:
    """The machine, the broker outside it, a stranger at the broker."""

    machine: Machine
    broker: Broker
    stranger: Subscriber
    before: frozenset[str] = frozenset()

    def install(self, *options: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the installer of the checkout inside."""
        return self.machine.run(
            INSTALL,
            *options,
            "--yes",
            check=check,
            timeout=INSTALL_S,
        )

    def poses_go_on(self, limit_s: float = 60) -> None:
        """Wait for ten more poses."""
        self.stranger.wait_poses(len(self.stranger.on("/pose")) + 10, limit_s)

    def slow_down(self) -> None:
        """Let it look at ten frames a second from now on: it works beside other tests."""
        config = self.machine.root / "etc/edgepose/edgepose.yaml"
        config.write_text(config.read_text().replace("\n  rate: 30\n", "\n  rate: 10\n"))
        slower = lambda: self.stranger.configs()[-1]["config"]["camera"]["rate"] == 10  # noqa: E731
        wait_for(slower, 30, "the slower rate")
        self.poses_go_on()

    def health(self) -> dict[str, Any]:
        """The newest health message; one that was taken back is none."""
        payloads = [message.payload for message in self.stranger.on("/health") if message.payload]
        newest: dict[str, Any] = json.loads(payloads[-1])
        return newest

    def holds(self, module: str) -> bool:
        """Whether the installed environment has this module."""
        return any(self.machine.root.glob(f"opt/edgepose*/lib/python3*/site-packages/{module}"))

    def packages(self) -> set[str]:
        """The installed Debian packages."""
        form = "${Package} ${db:Status-Status}\\n"
        listed = self.machine.run("dpkg-query", "--show", "--showformat", form).stdout
        lines = [line.split() for line in listed.splitlines()]
        return {name for name, status in lines if status == "installed"}

    def disk(self, below: str = ".") -> int:
        """Bytes that the files of the machine take; what apt fetched and the checkout aside."""
        aside = ("proc", "sys", "dev", "run", "tmp", "srv", "var/cache", "var/lib/apt")
        asked = ["du", "-sbx", *(f"--exclude=./{name}" for name in aside), below]
        done = subprocess.run(
            asked, cwd=self.machine.root, check=False, capture_output=True, text=True
        )
        return int(done.stdout.split()[0])

    def exposure(self) -> float:
        """What `systemd-analyze security` says of the unit, 0 to 10."""
        said = self.machine.run("systemd-analyze", "security", "--no-pager", UNIT).stdout
        return float(said.rpartition("Overall exposure level for")[2].split(":")[1].split()[0])


@contextmanager
def at_work(house: House) -> Iterator[House]:
    """Start the service, and stop it at the end: it takes a quarter of a core."""
    house.machine.run("systemctl", "start", UNIT)
    house.poses_go_on()
    yield house
    house.machine.run("systemctl", "stop", UNIT)


@contextmanager
def opened(
    rehearsal: Rehearsal, folder: Path, model: Path, source: Source, count: int
) -> Iterator[House]:
    """Give a booted Pi with the checkout on it; its camera sees `count` pictures of `source`."""
    with rehearsal.pi() as files, Broker(folder) as broker, Subscriber(broker.port) as stranger:
        camera.plug_in(files.root, source, count)
        _copy_checkout(files.root / PLACE)
        shutil.copy(model, files.root / PLACE / "models")
        with rehearsal.machine(files) as machine:
            yield House(machine, broker, stranger)


def _copy_checkout(there: Path) -> None:
    """Every file that git knows or would take, as it is now."""
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, there / name)
