"""What outlives the daemon: the last config that worked, and the one that was taken back.

Owns one small file in the state directory, written whole and seldom. Runs on any thread, one at a
time. Raises nothing: a disk that takes nothing costs the memory and no more. It is tried again now
and then, and what stood there before stands there until all of the new is written.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import sysconfig
import threading
from pathlib import Path
from typing import Any, Final, NamedTuple

from edgepose import __version__
from edgepose.mqtt.behind import Place

NAME: Final = "config.json"
VERSION: Final = 1
LARGEST: Final = 1 << 20
"""Bytes; no config of an allowed size makes it larger."""
AGAIN_S: Final = 60.0
"""Between two tries of a disk that takes nothing."""

log = logging.getLogger(__name__)


class Bad(NamedTuple):
    """A config that was taken back: the SHA-256 of its content in hex, why, and with which
    installation of edgepose."""

    digest: str
    why: str
    made_of: str


def made_of() -> str:
    """Tells one installation of edgepose from another: this folder changes with each package."""
    return f"{__version__} {Path(sysconfig.get_path('purelib')).stat().st_mtime_ns}"


class Memory:
    """The memory of one config file. Without a `folder` nothing is remembered.

    `good` is the content of the config that worked last, `bad` the one that was taken back,
    `left_behind` where something of us is retained, as `mqtt.behind.Behind` tells it, `paused`
    whether detection was paused; `paused_next` whether it would be after a restart. `trouble` says
    why the disk does not take it, None where it does.
    """

    def __init__(self, folder: Path | None, file: Path) -> None:
        self.good: bytes | None = None
        self.bad: Bad | None = None
        self.left_behind: Place | None = None
        self.paused = self.paused_next = False
        self.trouble: str | None = None
        self._lock = threading.Lock()
        self._folder = folder
        self._file = str(file.absolute())
        self._load()

    def keep(self, data: bytes) -> None:
        """This config works."""
        # A slow card may still write what was kept before.
        with self._lock:
            bad = self.bad
            if bad is not None and bad.digest == hashlib.sha256(data).hexdigest():
                bad = None
            if (data, bad) != (self.good, self.bad):
                self.good, self.bad = data, bad
                self._save()

    def blame(self, digest: str, why: str) -> None:
        """This config was taken back."""
        with self._lock:
            self.bad = Bad(digest, why, made_of())
            self._save()

    def pause(self, paused: bool) -> bool:
        """Detection was paused, or goes on. False where that will not outlive the daemon."""
        with self._lock:
            if paused != self.paused or self.trouble is not None:
                self.paused = paused
                self._save()
            return paused == self.paused_next

    @property
    def pause_is_lost(self) -> bool:
        """Whether a restart changes whether it is paused, because nothing keeps it."""
        unkept = self._folder is None or self.trouble is not None
        return unkept and self.paused != self.paused_next

    def known_as(self, left_behind: Place | None) -> None:
        """Something of us is retained there now."""
        with self._lock:
            if left_behind != self.left_behind:
                self.left_behind = left_behind
                self._save()

    async def keep_trying(self) -> None:
        """Write what the disk did not take, once it does, for ever. On the loop."""
        while True:
            await asyncio.sleep(AGAIN_S)
            if self.trouble is not None:
                # On a thread: the card may be slow.
                await asyncio.to_thread(self._try_again)

    def _try_again(self) -> None:
        with self._lock:
            self._save()

    def why_bad(self, digest: str) -> str | None:
        """Why a config is not to be tried; None where it may be.

        Another installation may do what this one could not, as with an engine that was missing.
        """
        bad = self.bad
        known = bad is not None and (bad.digest, bad.made_of) == (digest, made_of())
        return bad.why if bad is not None and known else None

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
            bad = None if held["bad"] is None else Bad(*map(str, held["bad"]))
            behind = held["left_behind"]
            paused = held.get("paused") is True
            # An older edgepose told less of it.
            left = Place(*map(str, behind)) if behind and len(behind) == 4 else None
        except (ValueError, KeyError, TypeError, IndexError, RecursionError):
            log.warning("%s: is damaged; the last good config is forgotten", place)
            return
        self.good, self.bad = good, bad
        self.left_behind, self.paused, self.paused_next = left, paused, paused

    def _save(self) -> None:
        if self._folder is None:
            return
        place = self._folder / NAME
        good = None if self.good is None else self.good.decode()
        held = {
            "v": VERSION,
            "file": self._file,
            "good": good,
            "bad": self.bad,
            "left_behind": self.left_behind,
            "paused": self.paused,
        }
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
            with contextlib.suppress(OSError):
                fresh.unlink()
            self._is(f"{place}: what is to outlive a restart cannot be kept: {error.strerror}")
            return
        self.paused_next = self.paused
        if self.trouble is not None:
            log.info("%s: is kept again", place)
        self.trouble = None

    def _is(self, trouble: str) -> None:
        # Once, however often it is tried.
        if trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble
