"""What outlives the daemon: the last config that worked, and the one that was taken back.

Owns one small file in the state directory, written seldom (`writer.py`). Runs on the daemon's loop,
which waits for no disk. Raises nothing: a disk that takes nothing, or does not answer, costs the
memory and no more. It is tried again now and then.
"""

import asyncio
import hashlib
import json
import logging
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from edgepose import __version__
from edgepose.mqtt.behind import Place
from edgepose.reload.writer import LATE_S, Writer
from edgepose.service.clock import boottime_ns

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
        self._place = None if folder is None else folder / NAME
        self._writer = None if self._place is None else Writer(self._place, self._wrote)
        self._file = str(file.absolute())
        self._load()

    def keep(self, data: bytes) -> None:
        """This config works."""
        bad = self.bad
        if bad is not None and bad.digest == hashlib.sha256(data).hexdigest():
            bad = None
        if (data, bad) != (self.good, self.bad):
            self.good, self.bad = data, bad
            self._save()

    def blame(self, digest: str, why: str) -> None:
        """This config was taken back."""
        self.bad = Bad(digest, why, made_of())
        self._save()

    def pause(self, paused: bool) -> None:
        """Detection was paused, or goes on."""
        if paused != self.paused or self.trouble is not None:
            self.paused = paused
            self._save()

    @property
    def pause_is_lost(self) -> bool:
        """Whether a restart changes whether it is paused, because nothing keeps it."""
        return self.paused != self.paused_next and self.why_unkept is not None

    @property
    def why_unkept(self) -> str | None:
        """Why what is remembered would not outlive the daemon; None where nothing speaks against
        it."""
        if self._writer is None:
            return "there is no state directory"
        return "the disk does not answer" if self._writer.late else self.trouble

    def known_as(self, left_behind: Place | None) -> None:
        """Something of us is retained there now."""
        if left_behind != self.left_behind:
            self.left_behind = left_behind
            self._save()

    async def written(self, within_s: float) -> None:
        """Wait until the disk has answered, but no longer than that."""
        unfinished = None if self._writer is None else self._writer.unfinished
        if unfinished is not None:
            # Not `wait_for`: what is not done in time still goes on.
            await asyncio.wait([asyncio.wrap_future(unfinished)], timeout=within_s)

    async def keep_trying(self) -> None:
        """Write what the disk did not take, once it does, for ever."""
        told, tried_ns = False, boottime_ns()
        while True:
            await asyncio.sleep(min(AGAIN_S, LATE_S))
            late = self._writer is not None and self._writer.late
            if late and not told:
                log.warning("%s: the disk does not answer: nothing is kept now", self._place)
            told = late
            if self.trouble is not None and boottime_ns() - tried_ns >= AGAIN_S * 1e9:
                tried_ns = boottime_ns()
                self._save()

    def why_bad(self, digest: str) -> str | None:
        """Why a config is not to be tried; None where it may be.

        Another installation may do what this one could not, as with an engine that was missing.
        """
        bad = self.bad
        known = bad is not None and (bad.digest, bad.made_of) == (digest, made_of())
        return bad.why if bad is not None and known else None

    def _load(self) -> None:
        place = self._place
        if place is None:
            return
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
        if self._writer is not None:
            self._writer.write(
                {
                    "v": VERSION,
                    "file": self._file,
                    "good": None if self.good is None else self.good.decode(),
                    "bad": self.bad,
                    "left_behind": self.left_behind,
                    "paused": self.paused,
                }
            )

    def _wrote(self, held: Mapping[str, Any], trouble: str | None) -> None:
        """The disk has answered; on the writer's thread."""
        if trouble is not None:
            trouble = f"{self._place}: what is to outlive a restart cannot be kept: {trouble}"
            # Once, however often it is tried.
            if trouble != self.trouble:
                log.warning("%s", trouble)
        else:
            self.paused_next = held["paused"]
            if self.trouble is not None:
                log.info("%s: is kept again", self._place)
        self.trouble = trouble
