"""Who a device is when its configuration does not say."""

import hashlib
import os
import re
from pathlib import Path

import pytest

from edgepose.config.device import Identity, default_id, identify
from edgepose.config.model import Device

MACHINE_ID = "0123456789abcdef0123456789abcdef"
DIGITS = hashlib.sha256(MACHINE_ID.encode()).hexdigest()[-4:]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("hallway", "hallway"),
        ("Hall_Way-2", "Hall_Way-2"),
        ("hallway.lan", "hallway"),
        ("küche", "k-che"),
        ("a b/+#c", "a-b-c"),
        ("-x-", "x"),
        ("x" * 70, "x" * 64),
    ],
)
def test_a_host_name_becomes_a_topic_level(tmp_path: Path, host: str, expected: str) -> None:
    assert default_id(host, tmp_path) == expected


def machine(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


TREE, SYS = "proc/device-tree/serial-number", "sys/firmware/devicetree/base/serial-number"
MACHINES: dict[str, tuple[dict[str, str], str]] = {
    "the board's serial": ({TREE: "10000000ABCD1a2F\0", "etc/machine-id": MACHINE_ID}, "-1a2f"),
    "the same in /sys": ({SYS: "10000000abcd1a2f\0"}, "-1a2f"),
    "the machine id": ({"etc/machine-id": f"{MACHINE_ID}\n"}, f"-{DIGITS}"),
    "a serial of zeros": ({TREE: "0000000000\0", "etc/machine-id": MACHINE_ID}, f"-{DIGITS}"),
    "a serial in words": ({TREE: "not set\0", "etc/machine-id": MACHINE_ID}, f"-{DIGITS}"),
    "an empty machine id": ({"etc/machine-id": ""}, ""),
    "nothing at all": ({}, ""),
}


@pytest.mark.parametrize(("files", "expected"), MACHINES.values(), ids=MACHINES)
def test_a_raspberrypi_gets_digits_of_its_own(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    root = machine(tmp_path, files)
    assert default_id("raspberrypi", root) == f"raspberrypi{expected}"
    assert default_id("raspberrypi.local", root) == f"raspberrypi{expected}"
    assert default_id("hallway", root) == "hallway"


def test_a_host_without_a_usable_name_gets_one(tmp_path: Path) -> None:
    root = machine(tmp_path, {"etc/machine-id": MACHINE_ID})
    assert default_id("...", root) == f"edgepose-{DIGITS}"


def test_the_configuration_comes_first() -> None:
    assert identify(Device(id="a", name="Hall"), "host") == Identity("a", "Hall")
    assert identify(Device(id="a"), "host") == Identity("a", "a")
    assert identify(Device(name="Hall"), "host") == Identity("host", "Hall")
    assert identify(Device(), "host") == Identity("host", "host")


def test_this_very_machine_has_an_id_that_the_configuration_would_take() -> None:
    found = identify(Device())
    assert re.fullmatch("[A-Za-z0-9_-]{1,64}", found.id)
    assert found.id == default_id(os.uname().nodename)
