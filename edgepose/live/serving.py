"""The page while it is served: the site, and the socket it is served on.

Runs on the daemon's loop. `start` raises UserError.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final, Self

from aiohttp import web

from edgepose.errors import UserError
from edgepose.live.listener import Listener
from edgepose.live.server import Site, read_files
from edgepose.live.settings import Settings
from edgepose.live.token import Token

GOODBYE_S: Final = 0.3
"""For viewers to hear that we go."""
KEEPALIVE_S: Final = 5.0
_UNHEARD: Final = logging.getLogger("edgepose.live.strangers")
"""Where aiohttp tells what is wrong with what strangers send: the journal is no place for it."""
_UNHEARD.disabled = True


class Serving:
    """A site and its listener."""

    def __init__(self, site: Site, runner: web.AppRunner, listener: Listener) -> None:
        self.site = site
        self._runner = runner
        self._listener = listener

    @classmethod
    async def start(
        cls,
        settings: Settings,
        token: Token | None,
        first: Callable[[], Mapping[str, bytes]],
        looks: Callable[[], None],
    ) -> Self:
        """Listen. The rest as for `Site`. Raises UserError where that is not possible now."""
        try:
            files = await asyncio.to_thread(read_files)
        except (OSError, RuntimeError) as error:
            # No descriptor, no thread.
            why = getattr(error, "strerror", None) or error
            raise UserError(f"its files cannot be read: {why}") from None
        site = Site(settings, token, files, first, looks)
        runner = web.AppRunner(
            site.app,
            access_log=None,
            logger=_UNHEARD,
            keepalive_timeout=KEEPALIVE_S,
            shutdown_timeout=GOODBYE_S,
        )
        await runner.setup()
        server = runner.server
        assert server is not None, "setup has made it"
        listener = Listener(server)
        try:
            await listener.open_(settings.host, settings.port)
        except (OSError, UnicodeError) as error:
            await runner.cleanup()
            why = getattr(error, "strerror", None) or "this is not the name of a host"
            raise UserError(f"cannot listen on {settings.where}: {why}") from None
        site.keep = listener.keep
        return cls(site, runner, listener)

    def can_be(self, settings: Settings | None) -> bool:
        """Whether it can become that at once: at the same place, and for those who look now."""
        return settings is not None and settings.door == self.site.settings.door

    def why_not(self, settings: Settings | None) -> str:
        """What viewers are told where it cannot; nothing where they only have to come again."""
        if settings is None:
            return "The live page was switched off"
        before = self.site.settings
        if settings.port != before.port:
            return f"The page has moved: port {settings.port}"
        return "" if settings.host == before.host else "The page has moved: live.host is another"

    async def be(self, settings: Settings, token: Token | None) -> None:
        """Be like this. Whoever looks has to show another token anew."""
        site = self.site
        before = None if site.token is None else site.token.value
        site.settings, site.token = settings, token
        if token is not None and token.value != before:
            await site.close_viewers(GOODBYE_S)

    async def stop(self, why: str = "") -> None:
        """Say goodbye, and `why`, and listen no more."""
        await self.site.close_viewers(GOODBYE_S, why)
        self._listener.close()
        await self._runner.cleanup()
