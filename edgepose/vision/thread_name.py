"""The name of a thread for the kernel, so that `top -H` and debuggers tell it: before Python 3.14
only Python knows it."""

import contextlib
import threading
from pathlib import Path


def show() -> None:
    """Give the kernel the name of the thread that calls this. Raises nothing."""
    thread = threading.current_thread()
    with contextlib.suppress(OSError):
        Path(f"/proc/self/task/{thread.native_id}/comm").write_text(thread.name)
