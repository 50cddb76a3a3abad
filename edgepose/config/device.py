"""Who this machine is, where the configuration leaves it open.

Reads the host's name, the board's serial number and the machine id; writes nothing. Runs on any
thread. Raises nothing: what cannot be read is left out.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from edgepose.config.model import Device

_SERIAL_NUMBERS = (
    "proc/device-tree/serial-number",
    "sys/firmware/devicetree/base/serial-number",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """`id` is the device's level in every topic, `name` what people call it."""

    id: str
    name: str


def identify(device: Device, host: str | None = None, root: Path = Path("/")) -> Identity:
    """Fill in what the configuration leaves null.

    `host` is the machine's own name unless given; `root` is where /proc, /sys and /etc are.
    """
    found = device.id or default_id(os.uname().nodename if host is None else host, root)
    return Identity(found, device.name or found)


def default_id(host: str, root: Path = Path("/")) -> str:
    """Make a topic level of a host name: its first label, and - for what a topic may not hold.

    Every new Raspberry Pi is called raspberrypi, so that name gets four hex digits of the
    machine behind it, and so does a host without a usable name.
    """
    name = re.sub("[^A-Za-z0-9_-]+", "-", host.partition(".")[0]).strip("-")[:64]
    if name and name.lower() != "raspberrypi":
        return name
    return "-".join(filter(None, (name or "edgepose", _digits(root))))


def _digits(root: Path) -> str | None:
    for place in _SERIAL_NUMBERS:
        # The device tree ends its texts with a zero byte.
        serial = _read(root / place).rstrip(b"\0\n").decode("ascii", "replace").lower()
        if re.fullmatch("[0-9a-f]{4,}", serial) and serial.strip("0"):
            return serial[-4:]
    machine = _read(root / "etc/machine-id").strip()
    return hashlib.sha256(machine).hexdigest()[-4:] if machine else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
