"""A processor that MediaPipe's library is not made for, as far as a rehearsal can tell.

Put into the files of a root, running or not: every Python inside ends as on such a processor when
it loads that library, by SIGILL and with the library's own last words. The product runs as it is.
"""

from pathlib import Path
from typing import Final

from tests.appliance.camera import MODULES

LAST_WORDS: Final = (
    "FATAL ERROR: This binary was compiled with lse enabled, but this feature is not available on"
    " this processor (go/sigill-fail-fast)."
)
"""What a Pi 4 says."""

_MODULE: Final = """import os
import signal
import sys


def _end(event, arguments):
    if event == "ctypes.dlopen" and str(arguments[0]).endswith("libmediapipe.so"):
        os.write(2, {said!r})
        os.kill(os.getpid(), signal.SIGILL)


sys.addaudithook(_end)
"""


def make_older(root: Path) -> None:
    """Let MediaPipe's library end every program that loads it."""
    said = f"{LAST_WORDS}\n\0".encode()
    (root / MODULES / "rehearsal_processor.py").write_text(_MODULE.format(said=said))
    (root / MODULES / "rehearsal_processor.pth").write_text("import rehearsal_processor\n")
