"""The live page as a part of the daemon: on or off, what viewers are told, and its trouble.

Owns the server while the page is on, and the newest message of each kind. Knows no MQTT connection:
whoever says something there hands it on. Runs on the daemon's loop; nothing is encoded while nobody
looks. Raises nothing: what keeps the page from its port is `trouble`, and is tried again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgepose import __version__
from edgepose.errors import UserError
from edgepose.live.settings import Settings
from edgepose.live.token import Token, folder_of, own, read
from edgepose.messages import json_format
from edgepose.messages.landmarks import BLAZEPOSE33, CONNECTIONS
from edgepose.messages.plain import encode
from edgepose.messages.pose import Person, Pose
from edgepose.mqtt.settings import Message

if TYPE_CHECKING:
    from edgepose.live.serving import Serving

AGAIN_S: Final = (1.0, 2.0, 5.0, 10.0)
"""Before it is tried again to listen; the last one for ever."""
KINDS: Final = ("state", "health", "config", "event")
"""The topics that viewers are told of, by their last level."""

log = logging.getLogger(__name__)


class LivePage:
    """`folder` is the state directory, `changed` is called when `trouble` has changed."""

    def __init__(self, folder: Path | None, changed: Callable[[], None]) -> None:
        self.trouble: str | None = None
        """Why the page is not there, None where it is, or is not wanted."""
        self._folder = folder
        self._changed = changed
        self._settings: Settings | None = None
        self._size: tuple[int, int] | None = None
        self._wanted = asyncio.Event()
        self._serving: Serving | None = None
        self._newest: dict[str, bytes] = {}
        self._pose: tuple[Pose, bytes | None] | None = None

    @property
    def looked_at(self) -> bool:
        """Whether anybody looks."""
        return self._serving is not None and bool(self._serving.site.viewers)

    def want(self, settings: Settings | None) -> None:
        """Be served like this from now on; None: not at all."""
        self._settings = settings
        self._wanted.set()

    def overhear(self, message: Message) -> None:
        """This was said on MQTT, or would have been."""
        kind = message.topic.rpartition("/")[2]
        if kind in KINDS:
            self._newest[kind] = message.payload
            if self._serving is not None:
                self._serving.site.show(kind, _framed(kind, message.payload))

    def see(self, pose: Pose, people: tuple[Person, ...], payload: bytes | None) -> None:
        """Show a pose soon, and of several the newest. `people`: with all landmarks; `payload`: the
        pose in the json format, where somebody has encoded it."""
        if pose.size != self._size:
            self._size = pose.size
            self._greet()
        if payload is None or pose.set != "blazepose33":
            pose, payload = replace(pose, people=people, set="blazepose33"), None
        if self._pose is None:
            asyncio.get_running_loop().call_soon(self._show_pose)
        self._pose = (pose, payload)

    def _show_pose(self) -> None:
        # Not at once: what follows on MQTT goes first.
        if self._pose is not None and self._serving is not None:
            pose, payload = self._pose
            body = json_format.encode(pose) if payload is None else payload
            self._serving.site.show("pose", _framed("pose", body))
        self._pose = None

    def _greet(self) -> None:
        """Tell viewers what they are told first, because it has changed."""
        if self._serving is not None:
            self._serving.site.show("hello", self._hello())

    def _hello(self) -> bytes:
        assert self._settings is not None
        body = {
            **asdict(self._settings.hello),
            "version": __version__,
            "landmarks": BLAZEPOSE33,
            "connections": CONNECTIONS,
            "size": self._size,
        }
        return _framed("hello", encode(body))

    def _first(self) -> dict[str, bytes]:
        """What a new viewer is told."""
        told = {kind: _framed(kind, body) for kind, body in self._newest.items()}
        return {"hello": self._hello(), **told}

    async def run(self) -> None:
        """Serve it while it is wanted, until cancelled."""
        failures = 0
        while True:
            self._wanted.clear()
            settings = self._settings
            delay_s: float | None = None
            try:
                await self._serve(settings)
                self._say(None)
                failures = 0
            except UserError as error:
                self._say(str(error))
                delay_s = AGAIN_S[min(failures, len(AGAIN_S) - 1)]
                failures += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self._wanted.wait()

    async def _serve(self, settings: Settings | None) -> None:
        """Raises UserError where that is not possible now."""
        if self._serving is not None and not self._serving.can_be(settings):
            await self._stop()
        if settings is None:
            return
        token = await asyncio.to_thread(self._token, settings)
        if self._serving is None:
            # It takes a while, and only who wants the page waits for it.
            serving = await asyncio.to_thread(_import)
            self._serving = await serving.start(settings, token, self._first, lambda: None)
            log.info("live page: on %s", self._serving.where)
        else:
            await self._serving.be(settings, token)
            self._greet()

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

    async def _stop(self) -> None:
        if self._serving is not None:
            serving, self._serving = self._serving, None
            await serving.stop()
            log.info("live page: off")

    async def close(self) -> None:
        """Say goodbye to whoever looks, and listen no more. Call it after `run` was cancelled."""
        await self._stop()


def _import() -> "type[Serving]":
    from edgepose.live.serving import Serving

    return Serving


def _framed(kind: str, body: bytes) -> bytes:
    return b'{"kind":"%s","body":%s}' % (kind.encode(), body)
