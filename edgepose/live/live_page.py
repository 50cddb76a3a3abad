"""The live page as a part of the daemon: on or off, its token, and its trouble.

Owns the server while the page is on; what viewers are told is `Telling`'s. Runs on the daemon's
loop. Raises nothing: what keeps the page from its port is `trouble`, and is tried again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgepose.errors import UserError
from edgepose.live.settings import Settings
from edgepose.live.telling import Telling
from edgepose.live.token import Token, folder_of, look, own, place, read

if TYPE_CHECKING:
    from edgepose.live.serving import Serving

AGAIN_S: Final = (1.0, 2.0, 5.0)
"""Before it is tried again to listen; the last one for ever."""
LOOK_S: Final = 2.0
"""Between two looks at the file of the token: whoever makes a new one wants the old one out. As
often viewers hear how the device is."""

log = logging.getLogger(__name__)


class LivePage(Telling):
    """`folder` is the state directory that systemd names, None by hand. `changed` is called when
    `trouble` has changed, `ask_pictures` with how many of the camera's pictures are wanted a
    second. `opened_by` is the command that tells how to open it."""

    def __init__(
        self,
        folder: Path | None,
        changed: Callable[[], None],
        ask_pictures: Callable[[float], None] = lambda _rate: None,
        opened_by: str = "edgepose live",
    ) -> None:
        super().__init__(ask_pictures)
        self.trouble: str | None = None
        """Why the page is not as it is wanted, None where it is."""
        self._folder = folder
        self._changed = changed
        self._opened_by = opened_by
        self._settings: Settings | None = None
        self._wanted = asyncio.Event()
        self._serving: Serving | None = None

    def want(self, settings: Settings | None) -> None:
        """Be served like this from now on; None: not at all. All that soon, but no picture is shown
        any more, from this moment on, to whom it is not for."""
        self._settings = settings
        self._show_pictures_if_wanted()
        self._wanted.set()

    async def run(self) -> None:
        """Serve it while it is wanted, until cancelled."""
        failures = 0
        while True:
            self._wanted.clear()
            settings = self._settings
            seen = None if settings is None else look(self._place(settings))
            try:
                await self._serve(settings)
            except UserError as error:
                self._say(str(error))
                delay_s = AGAIN_S[min(failures, len(AGAIN_S) - 1)]
                failures += 1
                await self._wait(delay_s)
                continue
            self._say(None)
            failures = 0
            if settings is None:
                await self._wanted.wait()
            while not self._wanted.is_set() and settings is not None:
                await self._wait(LOOK_S)
                self.glance()
                now = look(self._place(settings))
                if now not in (seen, None) or (seen is None and now is not None):
                    break

    async def _wait(self, limit_s: float) -> None:
        """Until something else is wanted, but no longer than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._wanted.wait()

    async def _serve(self, settings: Settings | None) -> None:
        """Raises UserError where that is not possible now."""
        if self._serving is not None and not self._serving.can_be(settings):
            await self._stop(self._serving.why_not(settings))
        if settings is None:
            return
        try:
            token = await asyncio.to_thread(self._token, settings)
            if self._serving is not None:
                await self._serving.be(settings, token)
                return
            # It takes a while, and only who wants the page waits for it.
            serving = await asyncio.to_thread(_import)
        except RuntimeError:
            # The system has no thread for us now.
            raise UserError("no thread can be started") from None
        self._serving = await serving.start(settings, token, self.first, self.looks)
        self.show_to(self._serving.site)
        self._show_pictures_if_wanted()
        log.info("live page: on %s; `%s` tells how to open it", settings.where, self._opened_by)

    def _can_be(self, settings: Settings | None) -> bool:
        return self._serving is not None and self._serving.can_be(settings)

    def _show_pictures_if_wanted(self) -> None:
        """Only where it is served: who was let in before may not be who is let in now."""
        settings = self._settings
        wanted = settings is not None and settings.camera_picture
        self.show_pictures(wanted and self._can_be(settings))

    def _place(self, settings: Settings) -> Path:
        return settings.token_file or place(folder_of(self._folder))

    def _token(self, settings: Settings) -> Token | None:
        if not settings.require_token:
            return None
        if settings.token_file is not None:
            return read(settings.token_file)
        return read(own(folder_of(self._folder)))

    def _say(self, trouble: str | None) -> None:
        if trouble is not None:
            trouble = f"live page: {trouble}"
        if trouble != self.trouble:
            self.trouble = trouble
            if trouble is not None:
                log.warning("%s; it is tried again", trouble)
            self._changed()

    async def _stop(self, why: str = "") -> None:
        if self._serving is not None:
            serving, self._serving = self._serving, None
            self.show_to(None)
            await serving.stop(why)
            log.info("live page: off")

    async def close(self) -> None:
        """Say goodbye to whoever looks, and listen no more. Call it after `run` was cancelled."""
        await self._stop()


def _import() -> "type[Serving]":
    try:
        from edgepose.live.serving import Serving
    except ImportError as error:
        raise UserError(f"{error}; install edgepose anew") from None
    except OSError as error:
        raise UserError(f"its server cannot be read: {error.strerror}") from None
    return Serving
