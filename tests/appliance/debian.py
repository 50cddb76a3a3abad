"""Debian's packages for any processor, fetched by this machine's apt and unpacked.

apt works on a state of its own, in a folder that the caller throws away, so the machine's packages
and lists stay as they are; proxies and certificates are the machine's. Nothing is installed: no
script of a package runs. `RuntimeError` with the last words of apt or dpkg-deb when one fails.
"""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

SUITE: Final = "trixie"
KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

_INSTALLED: Final = """Package: {name}
Status: install ok installed
Architecture: {processor}
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


def native() -> str:
    """Debian's name of this machine's processor."""
    return said("dpkg", "--print-architecture").strip()


class Debian:
    """One suite of a mirror, for a processor and for this machine's own.

    `without`: packages that others depend on and that are left out.
    """

    def __init__(
        self, folder: Path, mirror: str, processor: str, without: Sequence[str] = ()
    ) -> None:
        self._folder = folder
        self._processor, self._native = processor, native()
        for name in ("lists/partial", "archives/partial", "own"):
            (folder / name).mkdir(parents=True)
        here = [_INSTALLED.format(name=name, processor=processor) for name in without]
        (folder / "status").write_text("".join(here))
        both = ",".join(sorted({self._native, processor}))
        (folder / "sources.list").write_text(
            f"deb [arch={both} signed-by={KEYS}] {mirror} {SUITE} main\n"
        )
        self._apt("update")

    def fetch(self, *wanted: str) -> list[Path]:
        """Fetch packages, by name or by apt's patterns, and all that they depend on.

        What has been fetched so far, all in one folder.
        """
        self._apt("install", "--yes", "--no-install-recommends", "--download-only", *wanted)
        return sorted((self._folder / "archives").glob("*.deb"))

    def take_own(self, name: str, path: str, target: Path) -> None:
        """Take a program of a package for this machine's processor, by its path in the package."""
        self._apt("download", f"{name}:{self._native}", cwd=self._folder / "own")
        (package,) = (self._folder / "own").glob(f"{name}_*.deb")
        said("sh", "-ec", _TAKE, "sh", str(package), f"./{path}", str(target))

    def _apt(self, *words: str, cwd: Path | None = None) -> None:
        settings = {
            "Dir::Etc::sourcelist": self._folder / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": self._folder,
            "Dir::State::status": self._folder / "status",
            "Dir::Cache": self._folder,
            "APT::Architecture": self._processor,
            "APT::Architectures": f"{self._processor},{self._native}",
            # Its usual user cannot write here.
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
        }
        options = [f"--option={key}={value}" for key, value in settings.items()]
        said("apt-get", "--quiet", *options, *words, cwd=cwd)


def extract(packages: Iterable[Path], root: Path) -> None:
    """Unpack packages, one over the other; dpkg's list in the root knows nothing of it."""
    for package in packages:
        said("dpkg-deb", "--extract", str(package), str(root))


def said(*command: str, cwd: Path | None = None) -> str:
    """Run a command; its output."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        words = (done.stdout + done.stderr).splitlines()[-5:]
        raise RuntimeError(f"{command[0]}: " + " / ".join(words))
    return done.stdout
