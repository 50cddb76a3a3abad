"""Looks at the file whenever it is asked to, and refuses or tries what it holds.

A newer edit takes the place of one that is still being tried. Runs on the daemon's loop.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edgepose.config.problem import Problem
from edgepose.errors import UserError
from edgepose.reload.candidate import Refused, read
from edgepose.reload.memory import Memory
from edgepose.reload.opening import Opening, taken_back
from edgepose.reload.outcome import Origin, Outcome
from edgepose.reload.swap import Swap
from edgepose.reload.watch import watch
from edgepose.service.clock import boottime_ns

_WEIGHT: Final[dict[Origin, int]] = {"start": 0, "file": 1, "signal": 2, "command": 3}
"""Of several askings for one reload the most deliberate is told."""


class Reloader:
    """`on_disk` is the SHA-256, in hex, of the file as it was read last, None where it could not
    be; at first what the daemon was opened with. `told` is called with each refusal. `begin` and
    `end` enclose each look that a signal asked for.
    """

    def __init__(
        self,
        file: Path,
        opening: Opening,
        memory: Memory,
        swap: Swap,
        told: Callable[[Outcome], None],
        *,
        begin: Callable[[], None] = lambda: None,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        self.on_disk = opening.on_disk
        self._opening = opening
        self._file = file
        self._memory = memory
        self._swap = swap
        self._told = told
        self._begin, self._end = begin, end
        self._refused = tuple(opening.outcome.problems)
        self._refusal: Outcome | None = None
        self._asked: Origin | None = None
        self._by_signal = False
        self._woken = asyncio.Event()
        self._trial: asyncio.Task[None] | None = None

    def ask(self, origin: Origin) -> None:
        """Look at the file, soon."""
        if self._asked is None or _WEIGHT[origin] > _WEIGHT[self._asked]:
            self._asked = origin
        self._by_signal |= origin == "signal"
        self._woken.set()

    async def run(self) -> None:
        """Start, and reload for ever. Errors: see `Swap.start`."""
        self._trial = asyncio.create_task(self._swap.start(self._opening.proven))
        # It may have changed since it was opened, unwatched.
        self.ask("file")
        watching = asyncio.create_task(watch(self._file, lambda: self.ask("file")))
        waking = asyncio.create_task(self._woken.wait())
        try:
            while True:
                tasks = {watching, waking, *([self._trial] if self._trial else [])}
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if self._trial in done:
                    self._trial = None
                    if self._refusal is not None:
                        # However an older edit has ended, the newest one is no good.
                        self._told(self._refusal)
                if waking in done:
                    await self._reload()
                    waking = asyncio.create_task(self._woken.wait())
        finally:
            tasks = {watching, waking, *([self._trial] if self._trial else [])}
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _reload(self) -> None:
        origin, self._asked = self._asked, None
        by_signal, self._by_signal = self._by_signal, False
        self._woken.clear()
        assert origin is not None, "nobody wakes without asking"
        if by_signal:
            self._begin()
        try:
            await self._look(origin)
        finally:
            if by_signal:
                self._end()

    async def _look(self, origin: Origin) -> None:
        try:
            new = await asyncio.to_thread(read, self._file)
        except Refused as error:
            await self._refuse(origin, error.digest, error.problems)
            return
        if origin == "file":
            if new.digest == self.on_disk and not self._refused:
                # Touched, or given another mode.
                return
            if (why := self._memory.why_bad(new.digest)) is not None:
                await self._refuse(origin, new.digest, [taken_back(self._file, why)])
                return
        self.on_disk, self._refused, self._refusal = new.digest, (), None
        await self._drop_trial()
        self._trial = asyncio.create_task(self._swap.bring(new, origin))

    async def _refuse(
        self, origin: Origin, digest: str | None, problems: Sequence[Problem]
    ) -> None:
        known = (digest, tuple(problems)) == (self.on_disk, self._refused)
        self.on_disk, self._refused = digest, tuple(problems)
        if origin == "file" and known:
            return
        if self._swap.asking_broker:
            # The file asks for that broker no more.
            await self._drop_trial()
        self._refusal = Outcome(origin, "refused", (), self._refused, boottime_ns())
        self._told(self._refusal)

    async def _drop_trial(self) -> None:
        if self._trial is not None:
            trial, self._trial = self._trial, None
            trial.cancel()
            await asyncio.wait([trial])
            error = None if trial.cancelled() else trial.exception()
            # That a start could not work is no matter any more.
            if error is not None and not isinstance(error, UserError):
                raise error
        await self._swap.settled()
