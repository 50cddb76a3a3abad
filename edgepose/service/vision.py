"""Supervision of the vision process: start it, read the link, notice its end, start it again.

Owns the process, the link's daemon end and the books' runs. Runs on the daemon's loop. `run`
raises UserError where the very first start shows that the job cannot be done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from edgepose.errors import EX_CONFIG, EX_UNAVAILABLE, UserError
from edgepose.messages.control import Configure, Stop
from edgepose.messages.observation import Event, Observation
from edgepose.service.clock import boottime_ns
from edgepose.service.counters import Counters, Fate
from edgepose.service.engine import Choice
from edgepose.service.vision_run import VisionRun

STALE_NS: Final = 500_000_000
"""An observation that waited longer than this on the link is not worth sending."""
CHECK_S: Final = 0.25
START_S: Final = 30.0
"""To open camera and engine, on the slowest card."""
SILENT_S: Final = 3.0
"""Without a frame, the camera counts as stalled."""
LONGEST_SHOT_S: Final = 10.0
"""A film may show one picture for so long, whatever its rate."""
STOP_S: Final = 1.2
_DELAYS_S: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_FORGET_S: Final = 60.0
"""A run that lasted this long starts the delays anew."""

Camera = Literal["ok", "missing", "stalled"]

log = logging.getLogger(__name__)


class Vision:
    """The vision process, always wanted.

    `choose` gives the engine, asked once, before the first process. `configure` gives what to do,
    told the engine's name and the number of the first frame. `on_observation` says what became of
    an observation. `changed` is called when something that health tells has changed.
    """

    def __init__(
        self,
        choose: Callable[[], Awaitable[Choice]],
        configure: Callable[[str, int], Configure],
        counters: Counters,
        on_observation: Callable[[Observation], Fate],
        changed: Callable[[], None],
    ) -> None:
        self.engine: Choice | None = None
        """None until it is chosen."""
        self.camera: Camera | None = None
        """None while nothing is known: no frame came yet."""
        self.source: dict[str, Any] = {}
        """What the running camera says of itself: model, format, sensor mode."""
        self.restarts = 0
        self.last_end: str | None = None
        self._choose = choose
        self._configure = configure
        self._counters = counters
        self._on_observation = on_observation
        self._changed = changed
        self._run: VisionRun | None = None
        self._rate, self._source = 0.0, ""
        self._asked_for = ""
        self._shared: tuple[int, int] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while there is one."""
        return self._run.pid if self._run else None

    @property
    def last_frame_ns(self) -> int:
        """CLOCK_BOOTTIME of this run's newest frame, 0 before it."""
        return self._run.page["captured_ns"] if self._run else 0

    @property
    def seeing(self) -> bool:
        """Whether frames come."""
        return self.camera == "ok"

    async def run(self) -> None:
        """Keep the vision process running; returns when its source has ended."""
        self.engine = await self._choose()
        self._changed()
        failures = 0
        while True:
            began_ns = boottime_ns()
            end = await self._one_run(self.engine)
            if self._asked_for:
                log.info("vision process: started again: %s", self._asked_for)
                self._asked_for = ""
                failures = 0
                continue
            if end is None:
                log.info("the source has ended")
                return
            if self.camera == "ok":
                # Nothing is known of it until frames come again.
                self.camera = None
            if boottime_ns() - began_ns > _FORGET_S * 1e9:
                failures = 0
            delay = _DELAYS_S[min(failures, len(_DELAYS_S) - 1)]
            failures += 1
            self.restarts += 1
            # An error once; the same again and again is for who asks.
            level = logging.DEBUG if end == self.last_end else logging.ERROR
            self.last_end = end
            log.log(level, "vision process: %s; it is started again in %g s", end, delay)
            self._changed()
            await asyncio.sleep(delay)

    async def _one_run(self, engine: Choice) -> str | None:
        """One process from start to end. Why it ended; None when the source had no more."""
        configure = self._configure(engine.name, self._counters.captured)
        self._rate, self._source = configure.rate, configure.source
        run = await VisionRun.start(configure, self._receive)
        self._run = run
        self._counters.begin_run(run.page)
        try:
            trouble = await self._watch(run)
            if trouble is not None:
                run.kill()
            await run.wait()
        finally:
            # Not when cancelled: `stop` ends it then, with the time for the frame in flight.
            if run.ended:
                self._book_end(run)
        if trouble is not None:
            return trouble
        if run.finished:
            return None
        if self._counters.captured == 0 and self._must_be_mended(run):
            assert run.failure is not None
            message: str = run.failure["message"]
            if run.failure.get("part") == "engine":
                message = engine.failed(message)
            raise UserError(message, run.exit_code or EX_UNAVAILABLE)
        return run.describe_end()

    def _must_be_mended(self, run: VisionRun) -> bool:
        """Whether nothing but a person can make it work, after it never has."""
        if run.failure is None or run.exit_code not in (EX_UNAVAILABLE, EX_CONFIG):
            return False
        # A camera may be plugged in, or given back by another program.
        plugged = self._source == "picamera2" and run.failure.get("part") == "camera"
        return run.exit_code == EX_CONFIG or not plugged

    async def _watch(self, run: VisionRun) -> str | None:
        """Wait for the end of the run, or say what is wrong with it."""
        began_ns = boottime_ns()
        while not run.over.done():
            await asyncio.wait([run.over], timeout=CHECK_S)
            frame_ns = run.page["captured_ns"]
            silent_s = (boottime_ns() - max(frame_ns, run.ready_ns or began_ns)) / 1e9
            if run.over.done() or run.finished:
                continue
            if run.ready_ns is None:
                if silent_s > START_S:
                    return f"camera and engine did not open within {START_S:g} s"
            elif silent_s > self._silence_limit_s():
                self._set_camera("stalled")
                return f"camera stalled: no frame for {silent_s:.1f} s"
            elif frame_ns:
                self._set_camera("ok")
        if run.failure is not None and run.failure.get("part") == "camera":
            # One that was open has stopped; one that was never open is not there.
            self._set_camera("missing" if run.ready_ns is None else "stalled")
        return None

    def _silence_limit_s(self) -> float:
        if self._source == "uri":
            return SILENT_S + LONGEST_SHOT_S
        return max(SILENT_S, 3 / self._rate) if self._rate else SILENT_S

    def _set_camera(self, camera: Camera) -> None:
        if camera != self.camera:
            self.camera = camera
            self._changed()

    def _receive(self, packet: Observation | Event) -> None:
        if isinstance(packet, Event):
            log.debug("vision process: %s %s", packet.name, packet.detail)
            if packet.name == "ready":
                self.source = packet.detail.get("source", {})
                shared = packet.detail["workers"], packet.detail["threads"]
                # Once: one that stalls again and again is ready as often.
                level = logging.DEBUG if shared == self._shared else logging.INFO
                log.log(level, "vision process: workers: %d, threads of each: %d", *shared)
                self._shared = shared
                self._changed()
            return
        if boottime_ns() - packet.answered_ns > STALE_NS:
            self._counters.book("stale")
        else:
            self._counters.book(self._on_observation(packet))

    def restart(self, why: str) -> None:
        """End the running process in good order, and start it again at once."""
        if self._run is not None:
            self._asked_for = why
            self._run.send(Stop())

    async def stop(self) -> None:
        """End the process in good order, by force if it takes too long, and book its frames.
        Call it after `run` was cancelled."""
        run = self._run
        if run is None:
            return
        await run.stop(STOP_S)
        self._book_end(run)

    def _book_end(self, run: VisionRun) -> None:
        run.drain()
        self._counters.end_run()
        run.close()
        self._run = None
