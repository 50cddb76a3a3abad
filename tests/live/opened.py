"""A live page that is served, and visitors of it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
from yarl import URL

from edgepose.live import token
from edgepose.live.live_page import LivePage
from edgepose.live.settings import Settings, Subject
from edgepose.messages.json_format import decode
from edgepose.messages.pose import Pose
from tests.harness.broker import free_port
from tests.mqtt.drive import until

SUBJECT: Final = Subject("hallway", "Hallway")


@dataclass
class Door:
    """Where a page is, or is to be, on this machine; `folder` has its token."""

    folder: Path
    port: int = field(default_factory=free_port)

    @property
    def token(self) -> str:
        """What opens it."""
        return token.read_text(token.place(self.folder))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def visitor(self, *, knows: bool = True) -> AsyncIterator[aiohttp.ClientSession]:
        """A browser, which keeps cookies; one that `knows` has shown the token."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as session:
            if knows:
                async with session.get("/", params={"token": self.token}) as answer:
                    assert answer.status == 200
            yield session

    @contextlib.asynccontextmanager
    async def viewer(self) -> AsyncIterator["Viewer"]:
        """Somebody who looks."""
        async with self.visitor() as session, session.ws_connect("/live") as line:
            yield Viewer(line)


@dataclass
class Opened(Door):
    """A page that is served; `asked` are the rates of pictures that it asked for, `changes` counts
    how often its trouble has changed."""

    host: str = "127.0.0.1"
    asked: list[float] = field(default_factory=list)
    changes: int = 0

    def __post_init__(self) -> None:
        self.page = LivePage(self.folder, self._changed, self.asked.append)
        self.page.look_at(SUBJECT)

    def _changed(self) -> None:
        self.changes += 1

    def settings(self, **more: Any) -> Settings:
        """How it is served, but for `more`."""
        return Settings(**{"host": self.host, "port": self.port, **more})

    async def is_on(self) -> None:
        """Wait until somebody answers there."""
        await until(lambda: self.page._serving is not None, f"a page: {self.page.trouble}")

    @contextlib.asynccontextmanager
    async def running(self, settings: Settings | None = None) -> AsyncIterator[Self]:
        """The page runs, and in the end closes as the daemon closes it."""
        self.page.want(settings or self.settings())
        task = asyncio.create_task(self.page.run())
        try:
            await self.is_on()
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.page.close()


class Viewer:
    """The page's end of the WebSocket."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.line = line

    async def next(self, kind: str = "") -> tuple[str, Any]:
        """The kind and the body of the next message, or of the next of this kind."""
        while True:
            message = await self.line.receive(10)
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
            if message.type is aiohttp.WSMsgType.BINARY:
                found: tuple[str, Any] = ("picture", message.data)
            else:
                told = json.loads(message.data)
                found = (told["kind"], told["body"])
            if kind in ("", found[0]):
                return found

    async def pose(self) -> Pose:
        """The next pose."""
        _, body = await self.next("pose")
        return decode(json.dumps(body))

    async def closed(self) -> tuple[int, str]:
        """Wait for the end; its code, and why."""
        while True:
            message = await self.line.receive(10)
            if message.type is aiohttp.WSMsgType.CLOSE:
                return message.data, message.extra or ""
            assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message


def names_in(folder: Path) -> list[str]:
    """What lies there."""
    return sorted(each.name for each in folder.iterdir())


def cookies_of(session: aiohttp.ClientSession, url: str) -> dict[str, str]:
    """What the browser has kept."""
    return {name: each.value for name, each in session.cookie_jar.filter_cookies(URL(url)).items()}
