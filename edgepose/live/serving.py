"""The page while it is served: the site, and the socket it is served on.

Imports aiohttp. Runs on the daemon's loop. `start` raises UserError.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Self

from aiohttp import web

from edgepose.errors import UserError
from edgepose.live.listener import Listener
from edgepose.live.server import Site, read_files, silent
from edgepose.live.settings import Settings
from edgepose.live.token import Token

GOODBYE_S: Final = 0.3
"""For viewers to hear that we go."""


class Serving:
    """A site and its listener. `where` is for people."""

    def __init__(self, site: Site, runner: web.AppRunner, listener: Listener) -> None:
        self.site = site
        self._runner = runner
        self._listener = listener

    @property
    def where(self) -> str:
        """The address that it listens on."""
        return _where(self.site.settings)

    @classmethod
    async def start(
        cls,
        settings: Settings,
        token: Token | None,
        newest: Callable[[], Mapping[str, bytes]],
        looking: Callable[[], None],
    ) -> Self:
        """Listen. Raises UserError where that is not possible."""
        files = await asyncio.to_thread(read_files)
        site = Site(settings, token, files, newest, looking)
        runner = web.AppRunner(
            site.app,
            handle_signals=False,
            access_log=None,
            logger=silent(),
            keepalive_timeout=5.0,
            shutdown_timeout=GOODBYE_S,
        )
        await runner.setup()
        server = runner.server
        assert server is not None, "setup has made it"
        listener = Listener(server)
        site.keep = listener.keep
        try:
            await listener.open_(settings.host, settings.port)
        except OSError as error:
            await runner.cleanup()
            why = error.strerror or str(error)
            raise UserError(f"cannot listen on {_where(settings)}: {why}") from None
        return cls(site, runner, listener)

    def can_be(self, settings: Settings | None) -> bool:
        """Whether it can become that without another socket."""
        ours = self.site.settings
        return settings is not None and (settings.host, settings.port) == (ours.host, ours.port)

    async def be(self, settings: Settings, token: Token | None) -> None:
        """Be like this; whoever had another token has to show the new one."""
        same = (token and token.value) == (self.site.token and self.site.token.value)
        self.site.settings, self.site.token = settings, token
        if not same:
            await self.site.close_viewers(GOODBYE_S)

    async def stop(self) -> None:
        """Say goodbye, and listen no more."""
        await self.site.close_viewers(GOODBYE_S)
        self._listener.close()
        await self._runner.cleanup()


def _where(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{host}:{settings.port}"
