"""The camera's pictures: who asks for them, whether they are allowed, and whom they go to.

Owns what is asked for, over all runs of the vision process, and who waits for a still. Two hands
hold the lid: `allow_pictures` follows the config, and the vision process itself makes none without
it. Runs on the daemon's loop.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from edgepose.messages.control import AllowPictures, AskPictures, AskStill, Command
from edgepose.messages.picture import Picture


class Pictures(ABC):
    """`on_picture` gets each picture while they are allowed and asked for."""

    def __init__(self) -> None:
        self.on_picture: Callable[[Picture], None] = lambda _picture: None
        self._allowed = AllowPictures(live=False, still=False)
        self._picture_rate = 0.0
        self._stills: list[asyncio.Future[Picture | None]] = []

    @abstractmethod
    def _command(self, command: Command) -> None:
        """Send it to the vision process, if there is one."""

    def allow_pictures(self, *, live: bool, still: bool) -> None:
        """Let a stream of pictures out from now on, or stills, or none any more: not even one that
        is under way."""
        allowed = AllowPictures(live, still)
        if allowed == self._allowed:
            return
        self._allowed = allowed
        self._command(allowed)
        if live and self._picture_rate:
            self._command(AskPictures(self._picture_rate))
        if not still:
            for waiting in self._stills:
                if not waiting.done():
                    waiting.set_result(None)

    def ask_pictures(self, rate: float) -> None:
        """Want at most `rate` pictures a second, 0 for none, now and after each start of the vision
        process. Only frames that an engine has looked at become pictures, behind their
        observation."""
        if rate != self._picture_rate:
            self._picture_rate = rate
            if self._allowed.live:
                self._command(AskPictures(rate))

    async def still(self) -> Picture | None:
        """The next frame that is looked at, as a picture in full size. Waits as long as that takes;
        None where stills are not allowed, or no more."""
        if not self._allowed.still:
            return None
        future: asyncio.Future[Picture | None] = asyncio.get_running_loop().create_future()
        self._stills.append(future)
        self._command(AskStill())
        try:
            return await future
        finally:
            self._stills.remove(future)

    def _picture_commands(self) -> Iterator[Command]:
        """What a vision process is to be told that has just been started."""
        if self._allowed.live or self._allowed.still:
            yield self._allowed
        if self._allowed.live and self._picture_rate:
            yield AskPictures(self._picture_rate)
        if self._stills:
            yield AskStill()

    def _take_picture(self, picture: Picture) -> None:
        # One that was under way when it ended to be allowed goes nowhere.
        if picture.still and self._allowed.still:
            for still in self._stills:
                if not still.done():
                    still.set_result(picture)
        if self._picture_rate and self._allowed.live:
            self.on_picture(picture)
