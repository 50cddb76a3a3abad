"""A network of its own for the service of a machine, with a broker that its filter does not allow.

In a name space inside the machine: an address of TEST-NET-3 (RFC 5737) on the loopback, on it a
mosquitto, and a name server that gives the broker's name two addresses, the other of which is
nowhere. Nothing of it leaves the machine. What is changed is put back.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml

from tests.appliance.house import UNIT, House
from tests.appliance.machine import Machine

SPACE: Final = "/run/netns/far"
ADDRESS, NOWHERE, NEIGHBOUR = "203.0.113.7", "10.0.0.9", "203.0.113.8"
NAME, PORT = "broker.test", 1883
SERVER, FAR_SERVER = "127.0.0.53", "203.0.113.53"
PLACE: Final = "srv/far"
DROP_INS: Final = Path("etc/systemd/system/edgepose.service.d")
CONFIG: Final = Path("etc/edgepose/edgepose.yaml")
_SET_UP: Final = f"""
ip netns add far
ip -n far link set lo up
ip -n far address add {ADDRESS}/32 dev lo
ip -n far address add {NEIGHBOUR}/32 dev lo
run() {{ name=$1; shift; systemd-run -q --unit="far-$name" -p NetworkNamespacePath={SPACE} "$@"; }}
run broker mosquitto -c /{PLACE}/mosquitto.conf
run names python3 -I /{PLACE}/name_server.py {SERVER} {NAME} {ADDRESS} {NOWHERE}
"""
_TAKE_DOWN: Final = "systemctl stop far-broker far-names; ip netns delete far"


class Far:
    """The network is there, and the service in it with the next start."""

    def __init__(self, house: House) -> None:
        self.machine: Machine = house.machine

    @property
    def status(self) -> str:
        """What `systemctl status` shows of the service."""
        return self.machine.show(UNIT, "StatusText")["StatusText"]

    def drop_in(self, name: str, text: str) -> None:
        """Write a drop-in of the service, and tell systemd; without text take it away."""
        path = self.machine.root / DROP_INS / f"{name}.conf"
        if text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        else:
            path.unlink(missing_ok=True)
        self.machine.run("systemctl", "daemon-reload")

    def broker(self, host: str) -> None:
        """Write it into the config."""
        self.configure("mqtt", host=host, port=PORT)

    def configure(self, section: str, **keys: object) -> None:
        """Write these keys of a section into the config."""
        path = self.machine.root / CONFIG
        config = yaml.safe_load(path.read_text())
        config[section] = {**config.get(section, {}), **keys}
        path.write_text(yaml.safe_dump(config))

    def name_server(self, address: str) -> None:
        """Let the machine ask this one."""
        (self.machine.root / "etc/resolv.conf").write_text(f"nameserver {address}\n")

    def run(self, *command: str, timeout: float = 60) -> "subprocess.CompletedProcess[str]":
        """A command inside, in this network."""
        return self.machine.run("nsenter", f"--net={SPACE}", *command, timeout=timeout)

    def poses_come(self, count: int = 5, limit_s: int = 60) -> None:
        """Wait for some at the far broker."""
        words = ("-h", ADDRESS, "-p", str(PORT), "-t", "edgepose/+/pose")
        said = self.run("mosquitto_sub", *words, "-C", str(count), "-W", str(limit_s)).stdout
        assert all(json.loads(line)["v"] == 1 for line in said.splitlines())
        assert said.count("\n") == count


@contextmanager
def far_away(house: House) -> Iterator[Far]:
    """Set it up; at the end the service is at work as it was."""
    far, machine = Far(house), house.machine
    place = machine.root / PLACE
    place.mkdir()
    shutil.copy(Path(__file__).with_name("name_server.py"), place)
    (place / "mosquitto.conf").write_text(f"listener {PORT} 0.0.0.0\nallow_anonymous true\n")
    kept = {path: (machine.root / path).read_text() for path in (CONFIG, Path("etc/resolv.conf"))}
    try:
        machine.run("sh", "-ec", _SET_UP)
        far.name_server(SERVER)
        far.drop_in("far", f"[Service]\nNetworkNamespacePath={SPACE}\n")
        yield far
    finally:
        for path, text in kept.items():
            (machine.root / path).write_text(text)
        far.drop_in("far", "")
        machine.run("systemctl", "restart", UNIT)
        machine.run("sh", "-c", _TAKE_DOWN)
        shutil.rmtree(place)
        house.poses_go_on()
