"""What MediaPipe and TensorFlow Lite write to stderr while they work, taken out of it.

They tell everybody at each start which delegate they have made, and no option stops that. What is
not one of their informations and warnings still comes, as an error does that ends the process.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_CHATTER: Final = re.compile(
    rb"[IW]\d{4} \d\d|INFO: |WARNING: (Logging before InitGoogle|All log messages before)"
)
"""How a line of theirs begins: glog's letter, month and day; TensorFlow Lite's own."""


@contextmanager
def without_chatter() -> Iterator[None]:
    """Until its end, what is written to descriptor 2 goes through a filter. `sys.stderr` goes
    straight to where 2 went: it may draw."""
    real = os.dup(2)
    before = sys.stderr
    reading, writing = os.pipe()
    os.dup2(writing, 2)
    os.close(writing)
    sys.stderr = os.fdopen(os.dup(real), "w", buffering=1, errors="backslashreplace")
    thread = threading.Thread(target=_filter, args=(reading, real), name="stderr", daemon=True)
    thread.start()
    try:
        yield
    finally:
        sys.stderr.close()
        sys.stderr = before
        # The last one that can write into the pipe, unless a library has kept another.
        os.dup2(real, 2)
        thread.join(timeout=1)


def _filter(reading: int, real: int) -> None:
    with os.fdopen(reading, "rb") as lines:
        for line in lines:
            if not _CHATTER.match(line):
                os.write(real, line)
    os.close(real)
