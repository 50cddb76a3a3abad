"""What each command does.

Runs on the daemon's loop, one at a time. Each order returns when it is done and raises Refusal
when it could not be.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from edgepose.commands.dispatch import Order
from edgepose.commands.override import Overrides
from edgepose.commands.refusal import Refusal
from edgepose.messages.command import CommandName
from edgepose.reload.memory import Memory
from edgepose.reload.outcome import Outcome
from edgepose.reload.reloader import Reloader
from edgepose.service.vision import Vision
from edgepose.service.vitals import START_S

RELOAD_S: Final = 60.0
"""Of waiting for a reload's end; other commands wait, too."""
CLOSE_S: Final = 5.0
"""For the camera to be closed; the vision process is killed before that."""
KEEP_S: Final = 2.0
"""For the disk to take what is to outlive a restart; one that dies may take minutes."""


class Orders:
    """`set_over` puts the overrides in force, `announce` says again what there is to be known."""

    def __init__(
        self,
        vision: Vision,
        memory: Memory,
        overrides: Overrides,
        *,
        set_over: Callable[[], None],
        announce: Callable[[], None],
    ) -> None:
        self._vision = vision
        self._memory = memory
        self._overrides = overrides
        self._set_over = set_over
        self._announce = announce
        self._reloaded: asyncio.Future[Outcome] | None = None
        self.reloader: Reloader | None = None

    def all(self) -> dict[CommandName, Order]:
        """Every order by its name."""
        return {
            "pause": self._pause,
            "resume": self._resume,
            "reload": self._reload,
            "restart-vision": self._restart_vision,
            "announce": self._say,
            "set": self._set,
        }

    def told(self, outcome: Outcome) -> None:
        """A reload has ended."""
        waiting = self._reloaded
        # Of another origin where a newer edit has overtaken it: then that one is in force.
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)

    async def _pause(self, fields: Mapping[str, Any]) -> str | None:
        paused = fields.get("paused", True)
        if not isinstance(paused, bool):
            raise Refusal("malformed", "paused: neither true nor false")
        _only(fields, "paused")
        if not paused:
            return await self._resume({})
        self._vision.pause()
        self._memory.pause(True)
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._vision.wait_off()
        except TimeoutError:
            if not self._vision.paused:
                raise Refusal("failed", "resume came meanwhile") from None
            raise Refusal("failed", f"the camera did not close in {CLOSE_S:g} s") from None
        return await self._unkept()

    async def _resume(self, fields: Mapping[str, Any]) -> str | None:
        _only(fields)
        self._vision.resume()
        self._memory.pause(False)
        return await self._unkept()

    async def _unkept(self) -> str | None:
        """Why it will not outlive the daemon whether it is paused, None where it will."""
        await self._memory.written(KEEP_S)
        if self._memory.paused == self._memory.paused_next:
            return None
        why = self._memory.why_unkept or "not kept yet"
        return f"until edgepose is started again: {why}"

    async def _reload(self, fields: Mapping[str, Any]) -> None:
        _only(fields)
        assert self.reloader is not None, "commands are taken when all is wired"
        self._reloaded = asyncio.get_running_loop().create_future()
        self.reloader.ask("command")
        try:
            async with asyncio.timeout(RELOAD_S):
                outcome = await self._reloaded
        except TimeoutError:
            raise Refusal("failed", "it is still being tried; /config tells how it ends") from None
        if outcome.trouble is not None:
            raise Refusal("failed", f"{outcome.result.replace('_', ' ')}: {outcome.trouble}")

    async def _restart_vision(self, fields: Mapping[str, Any]) -> None:
        _only(fields)
        if self._vision.paused:
            raise Refusal("failed", "detection is paused; resume starts it")
        if not await self._vision.restart(START_S):
            paused = "detection was paused meanwhile" if self._vision.paused else None
            why = paused or self._vision.trouble or f"no frame within {START_S:g} s"
            raise Refusal("failed", why)

    async def _say(self, fields: Mapping[str, Any]) -> None:
        _only(fields)
        self._announce()

    async def _set(self, fields: Mapping[str, Any]) -> None:
        self._overrides.set(fields)
        self._set_over()


def _only(fields: Mapping[str, Any], *allowed: str) -> None:
    for name in fields:
        if name not in allowed:
            more = ", ".join(("id", *allowed))
            raise Refusal("malformed", f"{name[:40]}: unknown here, allowed: {more}")
