"""What Raspberry Pi's package archive has and Debian lacks: python3-picamera2, as a package.

It is made from the releases on the Python index, with a compiler, in a copy of the root of its
own, and kept. In another root it stands in a small archive on the disk, so that `apt-get install
python3-picamera2` works there as on a Pi, on Debian's numpy. Without it the root is plain Debian.
Left out against a Pi's package: PyAV, which only recording needs and which is half a gigabyte.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Final

from tests.appliance.machine import Machine

PICAMERA2: Final = "0.3.38"
WHEELS: Final = (f"picamera2=={PICAMERA2}", "pidng", "simplejpeg", "videodev2")
"""What Debian does not have; the rest comes from Debian."""
DEPENDS: Final = ("libcamera", "numpy", "pil", "piexif", "prctl")
ARCHIVE: Final = Path("srv/pi-archive")

_CONTROL: Final = """Package: python3-picamera2
Version: {version}-1
Architecture: {architecture}
Maintainer: The rehearsal of edgepose <root@localhost>
Depends: python3, {depends}
Description: picamera2, made for the rehearsal
"""


def kept_at(kept_root: Path) -> Path:
    """Give the folder of the archive that fits a kept root and this recipe."""
    recipe = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return kept_root.with_name(f"{kept_root.name}-pi-{recipe}")


def build(machine: Machine, kept: Path) -> None:
    """Make the archive in the folder `kept`, by a running machine that can reach its packages."""
    machine.run("apt-get", "-q", "update")
    machine.run("apt-get", "-qy", "install", "--no-install-recommends", "python3-dev", timeout=300)
    package = "/var/tmp/package"
    target = f"{package}/usr/lib/python3/dist-packages"
    machine.run("python3", "-m", "venv", "/var/tmp/venv")
    pip = ("/var/tmp/venv/bin/python", "-m", "pip", "install", "--no-deps", "--no-compile")
    machine.run(*pip, "--target", target, *WHEELS, timeout=300)
    control = _CONTROL.format(
        version=PICAMERA2,
        architecture=machine.run("dpkg", "--print-architecture").stdout.strip(),
        depends=", ".join(f"python3-{name}" for name in DEPENDS),
    )
    folder = machine.root / package.removeprefix("/") / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(control)
    file = machine.root / "var/tmp/python3-picamera2.deb"
    machine.run("dpkg-deb", "--build", "--root-owner-group", package, "/var/tmp/" + file.name)
    building = kept.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    shutil.copy(file, building)
    sum_ = hashlib.sha256(file.read_bytes()).hexdigest()
    entry = f"{control}Filename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {sum_}\n"
    (building / "Packages").write_text(entry)
    building.rename(kept)


def offer(root: Path, kept: Path) -> None:
    """Make a root one that knows the archive."""
    shutil.copytree(kept, root / ARCHIVE)
    line = f"deb [trusted=yes] file:/{ARCHIVE} ./\n"
    (root / "etc/apt/sources.list.d/pi-archive.list").write_text(line)
