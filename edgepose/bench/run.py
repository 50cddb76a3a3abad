"""Goes through the settings, pass by pass, and keeps what came out.

Owns the temporary folder with the pictures and the end by a signal: what has been measured until
then stays. Runs on the loop of the main thread. Raises UserError where there are no pictures.
"""

import asyncio
import dataclasses
import signal
import tempfile
from collections.abc import Awaitable, Callable
from typing import Final

from edgepose.bench import measure
from edgepose.bench.numbers import Numbers, Row
from edgepose.bench.plan import Outcome, Plan
from edgepose.bench.progress import Progress
from edgepose.bench.settings import Setting, in_order
from edgepose.bench.watch import Failed, Window
from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.messages.control import Configure
from edgepose.service import child

BARE: Final = "plain MediaPipe"


async def run(plan: Plan) -> Outcome:
    """Measure until all is done, or until SIGINT, SIGTERM or SIGHUP."""
    outcome = Outcome([Row(setting) for setting in plan.settings])
    measuring = asyncio.create_task(_Run(plan, outcome).all())

    def stop() -> None:
        # A second one would cut short how the first is followed, which takes two seconds at most.
        if not measuring.cancelling():
            measuring.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await measuring
    except asyncio.CancelledError:
        outcome.interrupted = True
    return outcome


class _Run:
    def __init__(self, plan: Plan, outcome: Outcome) -> None:
        self._plan = plan
        self._outcome = outcome
        self._rows = {row.setting: row for row in outcome.rows}
        self._each = 2 if plan.compare else 1
        self._progress = Progress(len(plan.settings) * plan.passes * self._each)
        self._folder = ""

    async def all(self) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="edgepose-bench-") as folder,
            self._progress,
        ):
            self._folder = folder
            await self._draw()
            for number in range(self._plan.passes):
                for setting in in_order(self._plan.settings, number):
                    await self._pair(self._rows[setting], number)

    async def _draw(self) -> None:
        """Have the pictures written."""
        width, height = self._plan.configure(self._plan.settings[0]).size
        arguments = (self._plan.scene, str(width), str(height), self._folder)
        process = await child.start("edgepose.bench.frames", *arguments)
        last = ""
        try:
            async for line in child.lines(process):
                last = line.decode(errors="replace") or last
            code = await process.wait()
        finally:
            child.kill(process)
            await process.wait()
        if code:
            why = last if code == 1 else child.describe_end(code, last)
            raise UserError(f"the pictures cannot be drawn: {why}", EX_UNAVAILABLE)
        self._outcome.pictures = int(last)
        self._outcome.pictures_mb = 3 * width * height * int(last) / 1e6

    async def _pair(self, row: Row, number: int) -> None:
        """A window of a setting, and one of plain MediaPipe before or behind it."""
        if row.failed is not None:
            self._progress.skip(self._each)
            return
        if self._plan.compare and number % 2 == 0:
            await self._bare(row)
        await self._ours(row)
        if self._plan.compare and number % 2 == 1:
            await self._bare(row)

    async def _ours(self, row: Row) -> None:
        try:
            numbers = await self._measure(str(row.setting), measure.vision, row.setting)
        except Failed as failure:
            self._fail(row, str(failure))
        else:
            row.passes.append(numbers)

    async def _bare(self, row: Row) -> None:
        model = row.setting.model
        if row.failed is not None or model in self._outcome.bare_failed:
            self._progress.skip(1)
            return
        try:
            numbers = await self._measure(f"{BARE}, {model}", measure.bare, row.setting)
        except Failed as failure:
            self._outcome.bare_failed[model] = str(failure)
        else:
            row.bare.append(numbers)

    def _fail(self, row: Row, why: str) -> None:
        """One that does not run with a single worker is not tried with more of them."""
        row.failed = why
        engine, model, workers = row.setting.engine, row.setting.model, row.setting.workers
        alike = [
            r for r in self._outcome.rows if (r.setting.engine, r.setting.model) == (engine, model)
        ]
        if workers == 1 and not any(each.passes for each in alike):
            for each in alike:
                each.failed = why

    async def _measure(
        self,
        name: str,
        how: Callable[[Configure, Window], Awaitable[Numbers]],
        setting: Setting,
    ) -> Numbers:
        plan, progress = self._plan, self._progress
        progress.begin(name)
        configure = dataclasses.replace(
            plan.configure(setting),
            source="uri",
            uri=self._folder,
            loop=True,
            rate=0.0,
            rotation=0,
        )
        window = Window(plan.warm_up_s, plan.seconds, self._outcome.pictures_mb, progress.tick)
        try:
            numbers = await how(configure, window)
        except Failed as failure:
            progress.end(f"{name}: {failure}")
            raise
        progress.end(f"{name}: {numbers.frames_per_s:.1f} frames/s, {numbers.delay_ms:.0f} ms")
        return numbers
