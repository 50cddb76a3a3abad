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
        self._pictures_allowed = False
        self._picture_rate = 0.0
        self._stills: list[asyncio.Future[Picture | None]] = []

    @abstractmethod
    def _command(self, command: Command) -> None:
        """Send it to the vision process, if there is one."""

    @property
    def pictures_allowed(self) -> bool:
        """Whether the config lets pictures out."""
        return self._pictures_allowed

    def allow_pictures(self, *, allowed: bool) -> None:
        """Let pictures out from now on, or none any more: not even one that is under way."""
        if allowed == self._pictures_allowed:
            return
        self._pictures_allowed = allowed
        self._command(AllowPictures(allowed))
        if allowed:
            if self._picture_rate:
                self._command(AskPictures(self._picture_rate))
        else:
            for still in self._stills:
                if not still.done():
                    still.set_result(None)

    def ask_pictures(self, rate: float) -> None:
        """Want at most `rate` pictures a second, 0 for none, now and after each start of the vision
        process. Only frames that an engine has looked at become pictures, behind their
        observation."""
        if rate != self._picture_rate:
            self._picture_rate = rate
            if self._pictures_allowed:
                self._command(AskPictures(rate))

    async def still(self) -> Picture | None:
        """The next frame that is looked at, as a picture in full size. Waits as long as that takes;
        None where pictures are not allowed, or no more."""
        if not self._pictures_allowed:
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
        if self._pictures_allowed:
            yield AllowPictures(allowed=True)
            if self._picture_rate:
                yield AskPictures(self._picture_rate)
            if self._stills:
                yield AskStill()

    def _take_picture(self, picture: Picture) -> None:
        if not self._pictures_allowed:
            # It was under way when that ended.
            return
        if picture.still:
            for still in self._stills:
                if not still.done():
                    still.set_result(picture)
        if self._picture_rate:
            self.on_picture(picture)
