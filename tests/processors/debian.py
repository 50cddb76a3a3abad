"""Debian's packages for another processor, fetched by this machine's apt and unpacked.

apt works on a state of its own, in a folder that the caller throws away, so the machine's packages
and lists stay as they are; proxies and certificates are the machine's. Nothing is installed: no
script of a package runs. `RuntimeError` with the last words of apt or dpkg-deb when one fails.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SUITE: Final = "trixie"
FOREIGN: Final = "arm64"
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

_DRIVERS: Final = ("libegl-mesa0", "libglx-mesa0")
"""Of a screen that is not there. They would bring a compiler, and more than all the rest."""
_INSTALLED: Final = f"""Package: {{name}}
Status: install ok installed
Architecture: {FOREIGN}
Multi-Arch: same
Version: 1
Maintainer: nobody <nobody@localhost>
Description: said to be here

"""
"""An entry in dpkg's list."""
_TAKE: Final = """
dpkg-deb --fsys-tarfile "$1" | tar --extract --to-stdout "$2" >"$3"
chmod 755 "$3"
"""


class Debian:
    """One suite of a mirror, for the processor `FOREIGN` and for this machine's own."""

    def __init__(self, folder: Path, mirror: str) -> None:
        self._folder = folder
        self._native = _said("dpkg", "--print-architecture").strip()
        for name in ("lists/partial", "archives/partial", "own"):
            (folder / name).mkdir(parents=True)
        said = "".join(_INSTALLED.format(name=name) for name in _DRIVERS)
        (folder / "status").write_text(said)
        both = ",".join(sorted({self._native, FOREIGN}))
        (folder / "sources.list").write_text(
            f"deb [arch={both} signed-by={KEYS}] {mirror} {SUITE} main\n"
        )
        self._apt("update")

    def unpack_with_all(self, names: Sequence[str], root: Path) -> None:
        """Unpack packages for `FOREIGN`, and all that they depend on, as a system of their own."""
        self._apt("install", "--yes", "--no-install-recommends", "--download-only", *names)
        for folder in ("bin", "lib", "sbin"):
            (root / "usr" / folder).mkdir(parents=True)
            (root / folder).symlink_to(f"usr/{folder}")
        for package in sorted((self._folder / "archives").glob("*.deb")):
            _said("dpkg-deb", "--extract", str(package), str(root))

    def take_own(self, name: str, path: str, target: Path) -> None:
        """Take a program of a package for this machine's processor, by its path in the package."""
        self._apt("download", f"{name}:{self._native}", cwd=self._folder / "own")
        (package,) = (self._folder / "own").glob(f"{name}_*.deb")
        _said("sh", "-ec", _TAKE, "sh", str(package), f"./{path}", str(target))

    def _apt(self, *words: str, cwd: Path | None = None) -> None:
        settings = {
            "Dir::Etc::sourcelist": self._folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": self._folder,
            "Dir::State::status": self._folder / "status",
            "Dir::Cache": self._folder,
            "APT::Architecture": FOREIGN,
            "APT::Architectures": f"{FOREIGN},{self._native}",
            # Its usual user cannot write here.
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
        }
        options = [f"--option={key}={value}" for key, value in settings.items()]
        _said("apt-get", "--quiet", *options, *words, cwd=cwd)


def _said(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        words = (done.stdout + done.stderr).splitlines()[-5:]
        raise RuntimeError(f"{command[0]}: " + " / ".join(words))
    return done.stdout
