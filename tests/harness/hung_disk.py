"""A disk that does not answer, for a process, for as long as one likes."""

import subprocess
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_suffix(".c")


class HungDisk:
    """The disk of whoever is started with `environment`, compiled into `folder`."""

    def __init__(self, folder: Path) -> None:
        library, self._hangs = folder / "hung_disk.so", folder / "hung_disk.hangs"
        command = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library)]
        subprocess.run([*command, str(SOURCE)], check=True)
        self.environment = {"LD_PRELOAD": str(library), "FSYNC_HANGS": str(self._hangs)}

    def hang(self) -> None:
        """Let no fsync return from now on."""
        self._hangs.touch()

    def answer(self) -> None:
        """Let all of them return."""
        self._hangs.unlink()
