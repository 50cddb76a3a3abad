"""A wall clock of one's own for a process, to be set while it runs."""

import mmap
import struct
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).with_suffix(".c")
DAY_S: Final = 86_400


class WallClock:
    """The clock that whoever is started with `environment` sees, compiled into `folder`.

    It shows this machine's time until it is set.
    """

    def __init__(self, folder: Path) -> None:
        library, shift = folder / "wall_clock.so", folder / "wall_clock.shift"
        command = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library)]
        subprocess.run([*command, str(SOURCE)], check=True)
        shift.write_bytes(bytes(8))
        with shift.open("r+b") as file:
            self._shift = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK_SHIFT": str(shift)}

    def be_off(self, by_s: float) -> None:
        """Set it to so much behind this machine's clock, or before it where `by_s` is negative."""
        self._shift[:] = struct.pack("q", round(by_s * 1e9))

    def show(self, moment: datetime) -> None:
        """Set it to a moment."""
        self.be_off(moment.timestamp() - time.time())

    def close(self) -> None:
        """Let go of the file."""
        self._shift.close()


def off_s(said: str) -> float:
    """By how many seconds a time in a message is behind this machine's clock, now."""
    return (datetime.fromisoformat(said) - datetime.now(UTC)).total_seconds()
