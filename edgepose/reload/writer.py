"""Writing one small file whole, on a thread that nobody waits for.

A disk that dies may take minutes for one fsync. Owns that thread, of which there is one at most,
and the newest content that it has still to write; an older one that was not begun is left out.
What stood there before stands there until all of the new is written. The thread is a daemon
thread, so that it does not hold the end of the process. Everything here may be called on any
thread. Raises nothing: what goes wrong is told.
"""

import contextlib
import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

from edgepose.service.clock import boottime_ns

LATE_S: Final = 2.0
"""A write that takes longer is late: whoever waits for it goes on."""


class Writer:
    """Writes JSON to `place`. `wrote` is called with what was to be written and why it was not,
    None where it was: on the thread, or on the caller's where there is no thread to be had."""

    def __init__(self, place: Path, wrote: Callable[[Mapping[str, Any], str | None], None]) -> None:
        self._place = place
        self._wrote = wrote
        self._lock = threading.Lock()
        self._next: Mapping[str, Any] | None = None
        self._since_ns: int | None = None
        """CLOCK_BOOTTIME when the write that is under way began."""
        self._done: Future[None] | None = None

    @property
    def unfinished(self) -> Future[None] | None:
        """Done when all is written that was asked for until then; None where it is."""
        with self._lock:
            return self._done

    @property
    def late(self) -> bool:
        """Whether the disk has not answered for long."""
        since_ns = self._since_ns
        return since_ns is not None and boottime_ns() - since_ns > LATE_S * 1e9

    def write(self, held: Mapping[str, Any]) -> None:
        """Write this next, and forget what was to be written next."""
        with self._lock:
            self._next = held
            if self._done is not None:
                return
            self._done = Future()
            self._since_ns = boottime_ns()
        try:
            threading.Thread(target=self._run, name="memory", daemon=True).start()
        except RuntimeError as error:
            # The system has no thread for us now.
            while (held_back := self._take()) is not None:
                self._wrote(held_back, str(error))

    def _run(self) -> None:
        while (held := self._take()) is not None:
            self._wrote(held, _write(self._place, held))

    def _take(self) -> Mapping[str, Any] | None:
        with self._lock:
            held, self._next = self._next, None
            self._since_ns = None if held is None else boottime_ns()
            if held is not None or self._done is None:
                return held
            done, self._done = self._done, None
        done.set_result(None)
        return None


def _write(place: Path, held: Mapping[str, Any]) -> str | None:
    """Why it could not be, None where it was."""
    fresh = place.with_suffix(".new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            # Whatever the umask is: there may be the password of a camera in the config.
            os.fchmod(file.fileno(), 0o600)
            json.dump(held, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
        folder = os.open(place.parent, os.O_DIRECTORY)
        try:
            # The new name, too, must outlive a power cut.
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, MemoryError) as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        return getattr(error, "strerror", None) or "no memory is left"
    return None
