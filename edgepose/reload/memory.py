"""What outlives the daemon: the last config that worked, and the one that was taken back.

Owns one small file in the state directory, written whole and seldom. Runs on any thread, one at a
time. Raises nothing: a disk that takes nothing costs the memory and no more.
"""

import contextlib
import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any, Final

NAME: Final = "config.json"
VERSION: Final = 1
LARGEST: Final = 1 << 20
"""Bytes; no config of an allowed size makes it larger."""

log = logging.getLogger(__name__)


class Memory:
    """The memory of one config file. Without a `folder` nothing is remembered.

    `good` is the content of the config that worked last. `bad` is the SHA-256, in hex, of the one
    that was taken back, and why.
    """

    def __init__(self, folder: Path | None, file: Path) -> None:
        self.good: bytes | None = None
        self.bad: tuple[str, str] | None = None
        self._folder = folder
        self._file = str(file.absolute())
        self._load()

    def keep(self, data: bytes) -> None:
        """This config works."""
        bad = self.bad
        if bad is not None and bad[0] == hashlib.sha256(data).hexdigest():
            bad = None
        if (data, bad) != (self.good, self.bad):
            self.good, self.bad = data, bad
            self._save()

    def blame(self, digest: str, why: str) -> None:
        """This config was taken back."""
        self.bad = (digest, why)
        self._save()

    def _load(self) -> None:
        if self._folder is None:
            return
        place = self._folder / NAME
        try:
            with place.open("rb") as file:
                data = file.read(LARGEST)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("%s: cannot be read: %s", place, error.strerror)
            return
        try:
            held: dict[str, Any] = json.loads(data)
            if held["v"] != VERSION or held["file"] != self._file:
                return
            good = None if held["good"] is None else str(held["good"]).encode()
            bad = None if held["bad"] is None else (str(held["bad"][0]), str(held["bad"][1]))
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            log.warning("%s: is damaged; the last good config is forgotten", place)
            return
        self.good, self.bad = good, bad

    def _save(self) -> None:
        if self._folder is None:
            return
        place = self._folder / NAME
        good = None if self.good is None else self.good.decode()
        held = {"v": VERSION, "file": self._file, "good": good, "bad": self.bad}
        fresh = place.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(held, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(place)
            folder = os.open(self._folder, os.O_DIRECTORY)
            try:
                # The new name, too, must outlive a power cut.
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            log.warning("%s: the last good config cannot be kept: %s", place, error.strerror)
            with contextlib.suppress(OSError):
                fresh.unlink()
