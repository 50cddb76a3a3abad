"""Waiting for a thing to happen, with a limit; never for time to pass."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(what: Callable[[], T | None], limit_s: float, name: str, step_s: float = 0.02) -> T:
    """Ask `what` again and again until it gives something true; AssertionError after the limit."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {limit_s:g} s: {name}"
        pause.wait(step_s)
