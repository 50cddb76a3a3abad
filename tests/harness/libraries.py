"""Libraries that are missing, or broken as real ones are, for the processes of a test.

A fault is caused where it happens in life: in what Python finds when it imports the library.
"""

import os
import subprocess
from pathlib import Path
from typing import Final

from tests.harness.daemon import PYTHON

FATAL: Final = (
    "FATAL ERROR: This binary was compiled with lse enabled, but this feature is not available on"
    " this processor (go/sigill-fail-fast)."
)
"""MediaPipe's last line on a processor that lacks what it was built for."""
ABORTS: Final = (
    "import os, signal\n"
    f"os.write(2, {FATAL!r}.encode() + b'\\n\\0')\n"
    "os.kill(os.getpid(), signal.SIGILL)\n"
)
"""How it ends there, as seen on an emulated Cortex-A53: the zero of a C string behind the line."""
HANGS: Final = "import signal\nwhile True:\n    signal.pause()\n"


def broken(folder: Path, library: str, code: str) -> str:
    """A PYTHONPATH in whose first folder importing `library` runs `code`."""
    package = folder / "broken" / library
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(code)
    return os.pathsep.join(filter(None, [str(package.parent), os.environ.get("PYTHONPATH")]))


def counted(code: str, file: Path) -> str:
    """The code, with a line in `file` for each time that it runs."""
    return f"with open({str(file)!r}, 'a') as counted: counted.write('once\\n')\n{code}"


def environment_without(folder: Path, *packages: str) -> tuple[Path, tuple[str, ...]]:
    """A virtual environment with all that the daemon's Python has, but for `packages`.

    Gives its folder, which is its sys.prefix, and the prefix by which a Daemon runs in it.
    """
    asked = "import sys, sysconfig; print(sys.prefix, sysconfig.get_path('purelib'), sep='\\n')"
    told = subprocess.run([PYTHON, "-c", asked], check=True, capture_output=True, text=True).stdout
    prefix, full = map(Path, told.splitlines())
    made = folder / "environment"
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(made)], check=True)
    (empty,) = made.glob("lib/python*/site-packages")
    data = Path("share", "edgepose")
    (made / data).mkdir(parents=True)
    for source, target in ((full, empty), (prefix / data, made / data)):
        for entry in source.iterdir() if source.is_dir() else ():
            if entry.name not in packages:
                (target / entry.name).symlink_to(entry)
    return made, ("sh", "-c", 'shift; exec "$0" "$@"', str(made / "bin" / "python"))
