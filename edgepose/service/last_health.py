"""How the daemon last was, kept where other programs of this machine find it without a broker.

In the runtime directory, which is memory, and written only when something has changed that is told
there: no rates, no counters. Owns the file's form: some fields of `/health`, as JSON, and `broker`,
why there is none. Raises nothing: what cannot be written or read is not there.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FIELDS: Final = (
    "status",
    "why",
    "camera",
    "sensor",
    "engine",
    "engine_why",
    "model",
    "model_why",
    "restarts",
)
NAME: Final = "health.json"
_MOST: Final = 1024 * 1024
"""Bytes; there are some hundred."""


class LastHealth:
    """The file in `folder`; without one nothing is kept. Called from the daemon's loop."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, Any] | None = None

    def tell(self, message: bytes, broker_trouble: str | None = None) -> None:
        """Keep what this message of `/health` says, if it is news; everybody may read it."""
        if self._folder is None:
            return
        said = json.loads(message)
        held = {name: said[name] for name in FIELDS}
        held["broker"] = broker_trouble
        if held == self._kept:
            return
        place, fresh = self._folder / NAME, self._folder / f".{NAME}.new"
        try:
            fresh.unlink(missing_ok=True)
            with fresh.open("x", encoding="utf-8") as made:
                # Whatever the umask is: the service's lets nobody else read.
                os.fchmod(made.fileno(), 0o644)
                json.dump(held, made)
            fresh.replace(place)
        except OSError:
            # Rather none than an old one.
            self.forget()
        else:
            self._kept = held

    def forget(self) -> None:
        """Take the file away, as the daemon does at its end."""
        self._kept = None
        if self._folder is not None:
            for name in (NAME, f".{NAME}.new"):
                with contextlib.suppress(OSError):
                    (self._folder / name).unlink(missing_ok=True)


def read(folder: Path) -> Mapping[str, Any] | None:
    """What was kept last; None where there is nothing that can be read."""
    try:
        with (folder / NAME).open("rb") as file:
            held = json.loads(file.read(_MOST))
    except (OSError, ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) else None
