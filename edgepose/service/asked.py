"""What is asked of the vision process: a wish, a pause, or to start anew.

Owns no process. Runs on the daemon's loop; raises nothing.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from edgepose.service.clock import boottime_ns
from edgepose.service.wish import Wish


class Asked(ABC):
    """Whoever asks calls `want`, `pause`, `resume` and `restart`; whoever does it waits for
    `_wished`, says `_off` when there is no process because of a pause, and `_works_anew` at each
    answer."""

    def __init__(self) -> None:
        self.wish: Wish | None = None
        """None until something is wished for."""
        self._wished = asyncio.Event()
        self._wished_ns = 0
        """CLOCK_BOOTTIME when `_wished` was set."""
        self._awake = asyncio.Event()
        self._awake.set()
        self._off = asyncio.Event()
        self._fresh: asyncio.Future[None] | None = None
        """Done with the first answer after `restart`."""

    @abstractmethod
    def _asked(self) -> None:
        """Something else is asked: begin with it."""

    def want(self, wish: Wish) -> None:
        """Do this from now on: what runs is ended in good order first."""
        self.wish = wish
        self._start_anew()

    def _start_anew(self) -> None:
        if not self._wished.is_set():
            self._wished_ns = boottime_ns()
        self._wished.set()
        self._asked()

    @property
    def paused(self) -> bool:
        """Whether there is to be no process, whatever is wished."""
        return not self._awake.is_set()

    def pause(self) -> None:
        """Close the camera, by ending the process; `wait_off` waits for it."""
        if not self.paused:
            self._awake.clear()
            self._start_anew()

    def resume(self) -> None:
        """Go on with what is wished."""
        self._off.clear()
        self._awake.set()

    async def wait_off(self) -> None:
        """Wait until there is no process because of a pause."""
        await self._off.wait()

    async def wait_awake(self) -> None:
        """Wait until it is not paused."""
        await self._awake.wait()

    async def restart(self, within_s: float) -> bool:
        """End the process in good order and start it again. Whether a frame came of it in time;
        not if it is paused meanwhile."""
        self._fresh = fresh = asyncio.get_running_loop().create_future()
        self._start_anew()
        off = asyncio.create_task(self.wait_off())
        ends: list[asyncio.Future[Any]] = [fresh, off]
        await asyncio.wait(ends, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        off.cancel()
        return fresh.done()

    def _works_anew(self) -> None:
        if self._fresh is not None and not self._fresh.done():
            self._fresh.set_result(None)
