"""What the vision process is to do, and how that goes.

Runs on the daemon's loop.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from edgepose.errors import EX_CONFIG, EX_UNAVAILABLE, UserError
from edgepose.messages.control import Configure
from edgepose.models.resolve import Resolved
from edgepose.service.engine import Choice
from edgepose.service.stream import Stream


class Wish:
    """Camera, engine and model as one `Configure`, whose first frame is put in at each start, and
    the stream that is to be read for it, where there is one.

    `seen` is done at the first observation. Before it, `failed` is done with the reason when the
    process itself says that it cannot do this, and `doomed` when a person has to mend it, as far as
    is known. `on_seen` is called when the first observation has come, before anything is made of
    it.
    """

    def __init__(
        self, engine: Choice, model: Resolved, configure: Configure, stream: Stream | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.engine = engine
        self.model = model
        self.wanted = configure, stream
        """All that tells one wish from another."""
        self.stream = stream
        self.seen: asyncio.Future[None] = loop.create_future()
        self.failed: asyncio.Future[UserError] = loop.create_future()
        self.doomed: asyncio.Future[UserError] = loop.create_future()
        self.on_seen: Callable[[], None] | None = None
        self._configure = configure
        self._missing = False

    @property
    def source(self) -> str:
        """Where the pictures come from: `camera.source`."""
        return self._configure.source

    @property
    def is_camera(self) -> bool:
        """Whether the pictures come from a camera, which may go away and come back."""
        return self.source == "picamera2" or self.stream is not None

    @property
    def rate(self) -> float:
        """Frames per second, 0 for as fast as they are used."""
        return self._configure.rate

    @property
    def waits(self) -> bool:
        """Whether the source waits for the engine, where that is slower."""
        return self.rate == 0 and self.stream is None

    @property
    def hopeless(self) -> bool:
        """Whether a person has to mend it, as far as is known: it has never worked."""
        return self.doomed.done() and not self.seen.done()

    def configure(self, first_frame: int) -> Configure:
        """What to tell a process that is started now."""
        return replace(self._configure, first_frame=first_frame)

    def has_seen(self) -> None:
        """The first observation has come."""
        if self.on_seen is not None:
            self.on_seen()
        self.seen.set_result(None)

    def fail(self, failure: Mapping[str, Any], exit_code: int | None) -> None:
        """The process has ended before its first frame, saying why."""
        if self.seen.done() or exit_code not in (EX_UNAVAILABLE, EX_CONFIG):
            return
        message: str = failure["message"]
        if failure.get("part") == "engine":
            message = self.engine.failed(message)
        error = UserError(message, exit_code)
        if exit_code == EX_UNAVAILABLE and self.is_camera and failure.get("part") == "camera":
            # It may be plugged in. Twice: another program may just be giving it back.
            if (self._missing or failure.get("refused")) and not self.failed.done():
                self.failed.set_result(error)
            self._missing = True
            return
        for future in (self.failed, self.doomed):
            if not future.done():
                future.set_result(error)
