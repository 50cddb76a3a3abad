"""The answers of one process, counted: warm-up, window, and the numbers of it.

Owns when enough is measured. Runs on the loop. Raises Failed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edgepose.bench import machine
from edgepose.bench.numbers import Numbers
from edgepose.service import thermal
from edgepose.service.clock import boottime_ns

START_S: Final = 60.0
"""To open and to answer for the first time, on the slowest card."""
FEWEST: Final = 10
"""Answers that a window holds at least, so that a median means something."""
LONGEST_S: Final = 60.0
"""A window ends then, however few answers it holds."""


class Failed(Exception):
    """A setting does not run on this machine; the text tells a person why."""


@dataclass(frozen=True, slots=True)
class Window:
    """How long is measured: `warm_up_s` from the first answer, then `seconds`.

    `pictures_mb`: what the pictures take of the memory. `tick` is told how far it is, 0 to 1.
    """

    warm_up_s: float
    seconds: float
    pictures_mb: float
    tick: Callable[[float], None]


class Watch:
    """Counts the answers of one process, with `workers` frames in flight at full speed."""

    def __init__(self, window: Window, workers: int) -> None:
        self.pid = 0
        self.last_line = ""
        self._window = window
        self._workers = workers
        self._began_ns = boottime_ns()
        self._throttling = thermal.throttling()
        self._answers: list[tuple[int, int]] = []
        self._first = self._last = 0
        self._cpu_s = 0.0
        self._memory_mb: int | None = None
        self._done = asyncio.Event()

    def answer(self, answered_ns: int, people: int) -> None:
        """An answer has come."""
        if self._done.is_set():
            return
        self._answers.append((answered_ns, people))
        try:
            self._judge(answered_ns)
        except OSError:
            # The process has ended behind this answer, and `run` tells it.
            return

    def _judge(self, answered_ns: int) -> None:
        window, count = self._window, len(self._answers)
        since_s = (answered_ns - self._answers[0][0]) / 1e9
        window.tick(min(1.0, since_s / (window.warm_up_s + window.seconds)))
        if not self._first:
            # Not before each worker has had a frame: a delay is told from the one before.
            if since_s >= window.warm_up_s and count > self._workers:
                self._cpu_s = machine.cpu_s(self.pid)
                self._first = count - 1
            return
        seconds, frames = (
            (answered_ns - self._answers[self._first][0]) / 1e9,
            count - 1 - self._first,
        )
        enough = seconds >= window.seconds and frames >= FEWEST
        if enough or (seconds >= max(window.seconds, LONGEST_S) and frames >= 2):
            self._cpu_s = machine.cpu_s(self.pid) - self._cpu_s
            self._memory_mb = machine.peak_mb(self.pid)
            self._last = count - 1
            self._done.set()

    async def run(self, over: "asyncio.Future[int]") -> None:
        """Wait until all is measured or the process is over. Raises Failed after the limits."""
        window = self._window
        finished = asyncio.create_task(self._done.wait())
        try:
            for limit_s in (START_S, window.warm_up_s + max(window.seconds, LONGEST_S)):
                await asyncio.wait(
                    (over, finished), timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
                )
                if finished.done() or over.done():
                    return
                if not self._answers:
                    raise Failed(f"no answer within {limit_s:g} s")
        finally:
            finished.cancel()
        raise Failed(f"it stopped answering after {len(self._answers)} frames")

    def numbers(self) -> Numbers:
        """What was measured."""
        within = self._answers[self._first + 1 : self._last + 1]
        seen = sum(people > 0 for _, people in within)
        if 2 * seen < len(within):
            raise Failed(f"it saw somebody in {seen} of {len(within)} pictures of a person")
        times = sorted(at for at, _ in self._answers)
        begin_ns, end_ns = times[self._first], times[self._last]
        return Numbers(
            frames=len(within),
            seconds=(end_ns - begin_ns) / 1e9,
            delays_ms=tuple(self._delays_ms(times)),
            cpu_s=self._cpu_s,
            memory_mb=self._memory_mb and round(self._memory_mb - self._window.pictures_mb),
            start_s=(times[0] - self._began_ns) / 1e9,
            temperature_c=thermal.temperature_c(),
            throttled=thermal.throttled(self._throttling, thermal.throttling()),
        )

    def _delays_ms(self, times: list[int]) -> list[float]:
        """At full speed a frame is handed over when an engine has answered: the answer before
        the last `workers`, none being lost on the way."""
        return [
            (self._answers[i][0] - times[i - self._workers]) / 1e6
            for i in range(self._first + 1, self._last + 1)
        ]
