"""The system for all emulated processors: built once, and kept.

Debian for arm64, unpacked, with Python, what MediaPipe's library links to, and the locked wheels of
the demo, which holds both engines. The product is not in it. Made up for, inside alone:

- The host's kernel cannot start a program for arm64, and the product starts its children by
  `sys.executable`. So each processor has a `python` of its own, a script that the host can run.
- The emulator has no seccomp: `no_seccomp.py`.
- An emulated processor takes some three seconds for a picture, and MediaPipe may take two. So
  libfaketime slows the clock down: in ten seconds one passes, for all processes of a daemon.
- What Python imports is compiled by a Python for this machine, which is ten times as fast.

Everything is below one cache folder, which git ignores. `RuntimeError` when a step fails.
"""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.appliance import debian
from tests.appliance.debian import SUITE, Debian
from tests.processors import wheels

EMULATOR: Final = "10.0"
"""The series of QEMU that the processors were tried with. 7.2 crashes with both engines."""
PROCESSORS: Final = ("cortex-a53", "cortex-a72", "cortex-a76")
"""A Zero 2 W and a Pi 3, a Pi 4, a Pi 5; QEMU's own names."""

FOREIGN: Final = "arm64"
_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_LOCK: Final = _CHECKOUT / "scripts" / "locks" / "demo.txt"
_PACKAGES: Final = (
    "libegl1",
    "libfaketime",
    "libgl1",
    "libgles2",
    "libglib2.0-0t64",
    "libstdc++6",
    "libxcb1",
    "python3",
)
_DRIVERS: Final = ("libegl-mesa0", "libglx-mesa0")
"""Of a screen that is not there. They would bring a compiler, and more than all the rest."""
_VERSION: Final = f"python{wheels.PYTHON}"
_OWN: Final = {
    "busybox-static": "usr/bin/busybox",
    f"{_VERSION}-minimal": f"usr/bin/{_VERSION}",
    "qemu-user": "usr/bin/qemu-aarch64",
}
"""Packages for this machine's processor, and the program wanted of each."""
_OWN_LIBRARIES: Final = ("libc6", "libexpat1", "zlib1g")
"""What this Python is linked to; the others are linked statically."""
_PLACE: Final = "opt/emulator"
_MODULES: Final = f"usr/local/lib/{_VERSION}/dist-packages"
COMPILE: Final = f"/{_PLACE}/compile"
"""Inside: compiles the folders that it is given."""
_COMPILE: Final = f"""#!/{_PLACE}/busybox sh
exec /{_PLACE}/busybox env -i PYTHONHOME=/usr PYTHONPYCACHEPREFIX=/var/cache/python \\
    /{_PLACE}/{_VERSION} -S -m compileall -q -x '/tests?/' "$@"
"""
_IMPORTED: Final = ("PIL", "dateutil", "matplotlib", "mediapipe", "numpy", "pydantic", "yaml")
"""The modules that are worth it: more than ten files of each are imported."""
_PYTHON: Final = f"""#!/{_PLACE}/busybox sh
exec /{_PLACE}/qemu-aarch64 -cpu {{processor}} \\
    -E LD_PRELOAD=/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1 \\
    -E FAKETIME_DONT_FAKE_MONOTONIC=0 -E 'FAKETIME=+0 x0.1' \\
    -0 "$0" /usr/bin/{_VERSION} "$@"
"""
"""`-0`: Python takes its own first word for sys.executable, which thereby is this script."""


def kept(cache: Path, mirror: str) -> Path:
    """Give the root; build it when its recipe is new (half a minute, and 250 MB to fetch)."""
    cache.mkdir(parents=True, exist_ok=True)
    entries = wheels.for_a_pi(_LOCK)
    root = cache / f"{SUITE}-{FOREIGN}-{_recipe(entries)}"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            for old in cache.glob(f"{SUITE}-*"):
                shutil.rmtree(old)
            building, state = cache / f"{SUITE}-building", cache / f"{SUITE}-apt"
            packages = Debian(state, mirror, FOREIGN, without=_DRIVERS)
            _build(building, packages, entries, cache / "pip")
            shutil.rmtree(state)
            building.rename(root)
    return root


def _recipe(entries: str) -> str:
    """Changes whenever a kept root would come out differently."""
    names = ("no_seccomp.py", "root.py", "wheels.py")
    files = [Path(debian.__file__), *(Path(__file__).with_name(name) for name in names)]
    ours = [file.read_text() for file in files]
    return hashlib.sha256("\n".join([entries, *ours]).encode()).hexdigest()[:12]


def _build(root: Path, packages: Debian, entries: str, cache: Path) -> None:
    for name in ("bin", "lib", "lib64", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    own = [f"{name}:{debian.native()}" for name in _OWN_LIBRARIES]
    debian.extract(packages.fetch(*_PACKAGES, *own), root)
    for folder in ("dev", "proc", "srv", "sys", "tmp", "var/cache", _PLACE):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for package, program in _OWN.items():
        packages.take_own(package, program, root / _PLACE / Path(program).name)
    _check_emulator(root / _PLACE / "qemu-aarch64")
    for processor in PROCESSORS:
        _write_program(root / "opt" / processor / "python", _PYTHON.format(processor=processor))
    wheels.unpack(entries, root / _MODULES, cache)
    shutil.copyfile(Path(__file__).with_name("no_seccomp.py"), root / _MODULES / "pyseccomp.py")
    _write_program(root / COMPILE.lstrip("/"), _COMPILE)
    folders = [f"/usr/lib/{_VERSION}", *(f"/{_MODULES}/{name}" for name in _IMPORTED)]
    debian.said("chroot", str(root), COMPILE, *folders)


def _write_program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def _check_emulator(program: Path) -> None:
    done = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    said = done.stdout.splitlines()[0]
    if not said.startswith(f"qemu-aarch64 version {EMULATOR}."):
        raise RuntimeError(f"the emulator is not QEMU {EMULATOR}, but: {said}")
