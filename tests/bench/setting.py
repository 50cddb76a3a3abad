"""What the parts of the benchmark share: where they work, how long, and the processes they start.

Owns no measuring. Runs on the main thread. Raises UserError where something that is needed is
missing or a program that was started fails.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgepose.errors import EX_SOFTWARE, UserError
from tests.bench.footage import write_pictures

CHECKOUT: Final = Path(__file__).resolve().parents[2]
LIMIT_S: Final = 300
"""For a program that measures; it is ended then."""


@dataclass(frozen=True, slots=True)
class Setting:
    """`folder` is empty at first and thrown away afterwards. `model` is a bundle. `quick`: fewer
    repetitions, to see that it works. `soak_minutes`: how long the soak takes."""

    folder: Path
    model: Path
    quick: bool
    soak_minutes: float = 20

    def times(self, usual: int, quick: int) -> int:
        """How often to do something."""
        return quick if self.quick else usual

    def pictures(self) -> Path:
        """The folder of pictures that we and the rival look at, the same for both."""
        folder = self.folder / "pictures"
        if not folder.is_dir():
            folder.mkdir()
            say("writing the pictures")
            write_pictures(folder)
        return folder

    def empty_folder(self, name: str) -> Path:
        """A new folder for a daemon's config and log."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    def config(self, **camera: Any) -> dict[str, Any]:
        """The default config with this model and these keys of `camera`."""
        return {
            # Named: the tests' daemons look at fewer.
            "camera": {"rate": 30.0, **camera},
            # Named: trying which engine works is no part of what is measured.
            "detection": {"model": str(self.model), "engine": "mediapipe"},
            "health": {"interval": 30},
        }


def say(text: str) -> None:
    """A line of progress."""
    print(text, file=sys.stderr, flush=True)


def boottime_ns() -> int:
    """CLOCK_BOOTTIME, the clock of captures and answers, in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def run_quietly(*program: str) -> str:
    """Run a Python program without network, as the vision process runs, and give what it printed.

    `program` is what follows `python`.
    """
    command = [sys.executable, "-m", "tests.bench.quiet", *program]
    try:
        done = subprocess.run(
            command, cwd=CHECKOUT, check=True, capture_output=True, text=True, timeout=LIMIT_S
        )
    except subprocess.CalledProcessError as error:
        last = "".join(error.stderr.splitlines()[-1:])
        raise UserError(f"{' '.join(program)} failed: {last}", EX_SOFTWARE) from error
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{' '.join(program)}: not done in {LIMIT_S} s", EX_SOFTWARE) from error
    return done.stdout
