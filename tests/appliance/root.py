"""Debian's files: built once, and kept.

The kept root is as near to a fresh Raspberry Pi OS Lite as Debian comes: the same Python, systemd
and libcamera, a compiler (Lite has build-essential), a Pi's host name, no package lists. What the
installer has to bring is not in it, but for what the tests themselves need: mosquitto and its
clients, python3-libcamera and python3-systemd. Built as debootstrap does it, but in half the time:
apt finds out what is needed, and dpkg is called once.

Nobody writes to the kept root: `files.py` gives copies. Everything is below one cache folder,
which git ignores. Needs root. `RuntimeError` with the last words of apt or dpkg when one fails.
"""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path
from typing import Final

from tests.appliance import debian
from tests.appliance.debian import SUITE, Debian
from tests.appliance.supply import Supply

HOST: Final = "raspberrypi"
ESSENTIAL: Final = "?essential"
"""apt's pattern for what the scripts of all packages may rely on."""
PACKAGES: Final = (
    "?priority(required)",
    "apt",
    "ca-certificates",
    "dbus",
    "gcc",
    "iproute2",
    "libc6-dev",
    "mosquitto",
    "mosquitto-clients",
    "python3",
    "python3-libcamera",
    "python3-systemd",
    "python3-venv",
    "systemd",
    "systemd-sysv",
)
MASKED: Final = ("apt-daily.timer", "apt-daily-upgrade.timer")
"""Units that would hold apt's lock at a time of their own choice."""

_INSTALL: Final = """
mount -t proc proc "$1/proc"
for name in null zero full random urandom tty; do cp -a "/dev/$name" "$1/dev"; done
mkdir -p "$1/var/cache/apt/archives"
mount --bind "$2" "$1/var/cache/apt/archives"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
: >"$1/var/lib/dpkg/status"
chroot "$1" sh -ec 'dpkg --force-unsafe-io --force-depends --unpack /var/cache/apt/archives/*.deb'
chroot "$1" dpkg --force-unsafe-io --configure --pending
"""


def _recipe() -> str:
    """Changes whenever a kept root would come out differently."""
    machine = os.uname().machine
    files = (Path(__file__), Path(debian.__file__))
    text = "\n".join((machine, *(file.read_text() for file in files)))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def kept(cache: Path, supply: Supply) -> Path:
    """Give the root that nobody may write to; build it when its recipe is new (half a minute)."""
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"{SUITE}-{_recipe()}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            for old in cache.glob(f"{SUITE}-*"):
                shutil.rmtree(old)
            building, state = cache / f"{SUITE}-building", cache / f"{SUITE}-apt"
            _install(building, state, supply.mirror)
            shutil.rmtree(state)
            _make_like_a_pi(building)
            building.rename(root)
    return root


def _install(root: Path, state: Path, mirror: str | None) -> None:
    if mirror is None:
        raise RuntimeError("apt: its sources name no Debian mirror")
    packages = Debian(state, mirror, debian.native())
    root.mkdir()
    debian.extract(packages.fetch(ESSENTIAL), root)
    (archives,) = {package.parent for package in packages.fetch(ESSENTIAL, *PACKAGES)}
    apart = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    debian.said(*apart, "sh", "-ec", _INSTALL, "sh", str(root), str(archives))
    (root / "etc/apt/sources.list").write_text(f"deb {mirror} {SUITE} main\n")


def _make_like_a_pi(root: Path) -> None:
    (root / "etc/hostname").write_text(f"{HOST}\n")
    # Empty: systemd gives every copy an id of its own.
    (root / "etc/machine-id").write_text("")
    for unit in MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    # A Pi has no broker; and here its port may be taken by the machine's own.
    (root / "etc/systemd/system/multi-user.target.wants/mosquitto.service").unlink()
