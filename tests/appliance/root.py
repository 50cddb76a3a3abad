"""Debian's files: built once by debootstrap, and kept.

The kept root is as near to a fresh Raspberry Pi OS Lite as Debian comes: the same Python, systemd
and libcamera, a compiler (Lite has build-essential), a Pi's host name, no package lists. What the
installer has to bring is not in it, but for what the tests themselves need: mosquitto and its
clients, python3-libcamera and python3-systemd. Downloads are kept beside it, so that a second
build, and an installation inside, fetch nothing twice.

Nobody writes to the kept root: `files.py` gives copies. Everything is below one cache folder,
which git ignores. Needs root. `RuntimeError` with debootstrap's last words when it fails.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.appliance.supply import Supply

SUITE: Final = "trixie"
HOST: Final = "raspberrypi"
PACKAGES: Final = (
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


def _recipe() -> str:
    """Changes whenever a kept root would come out differently."""
    machine = os.uname().machine
    text = "\n".join((SUITE, machine, *PACKAGES, Path(__file__).read_text()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def kept(cache: Path, supply: Supply) -> Path:
    """Give the root that nobody may write to; build it when its recipe is new (a minute or two)."""
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / f"{SUITE}-{_recipe()}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            for old in cache.glob(f"{SUITE}-*"):
                shutil.rmtree(old)
            building = cache / f"{SUITE}-building"
            _debootstrap(building, cache, supply)
            _make_like_a_pi(building)
            building.rename(root)
    return root


def _debootstrap(root: Path, cache: Path, supply: Supply) -> None:
    downloads = cache / "debs"
    downloads.mkdir(exist_ok=True)
    command = [
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "debootstrap"),
        *("--variant=minbase", "--force-check-gpg", f"--cache-dir={downloads}"),
        *(f"--include={','.join(PACKAGES)}", SUITE, str(root)),
        *([supply.mirror] if supply.mirror else []),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        words = (done.stdout + done.stderr).splitlines()[-5:]
        raise RuntimeError("debootstrap: " + " / ".join(words))


def _make_like_a_pi(root: Path) -> None:
    (root / "etc/hostname").write_text(f"{HOST}\n")
    # Empty: systemd gives every copy an id of its own.
    (root / "etc/machine-id").write_text("")
    for unit in MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    # A Pi has no broker; and here its port may be taken by the machine's own.
    (root / "etc/systemd/system/multi-user.target.wants/mosquitto.service").unlink()
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists"):
        for path in (root / folder).iterdir():
            if path.is_file():
                path.unlink()
