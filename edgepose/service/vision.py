"""Supervision of the vision process: start it, read the link, notice its end, start it again.

Owns the process, the link's daemon end and the books' runs. What it is to do is a `Wish`, which
may be replaced at any time; while paused there is no process. Runs on the daemon's loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from edgepose.messages.control import Stop
from edgepose.messages.observation import Event, Observation
from edgepose.messages.state import Camera
from edgepose.service.clock import boottime_ns
from edgepose.service.counters import Counters, Fate
from edgepose.service.vision_run import VisionRun
from edgepose.service.wish import Wish

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
MAKE_WAY_S: Final = 2.0
"""To stop for another wish; one that still opens camera and engine does not even hear of it."""
_DELAYS_S: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_FORGET_S: Final = 60.0
"""A run that lasted this long starts the delays anew."""

log = logging.getLogger(__name__)


class Vision:
    """The vision process, running from the first wish on.

    `on_observation` says what became of an observation. `changed` is called when something that
    health tells has changed.
    """

    def __init__(
        self,
        counters: Counters,
        on_observation: Callable[[Observation], Fate],
        changed: Callable[[], None],
    ) -> None:
        self.wish: Wish | None = None
        """None until something is wished for."""
        self.camera: Camera | None = None
        """None while nothing is known: no frame came yet."""
        self.source: dict[str, Any] = {}
        """What the running camera says of itself: model, format, sensor mode."""
        self.restarts = 0
        self.last_end: str | None = None
        self.trouble: str | None = None
        """Why it does not run as it should, until frames come or something else is wished."""
        self._counters = counters
        self._on_observation = on_observation
        self._changed = changed
        self._run: VisionRun | None = None
        self._wished = asyncio.Event()
        self._wished_ns = 0
        self._awake = asyncio.Event()
        self._awake.set()
        self._off = asyncio.Event()
        self._fresh: asyncio.Future[None] | None = None
        self._began_ns = 0
        self._told: tuple[Wish, str] | None = None
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

    @property
    def blind(self) -> bool:
        """Whether the camera is known to give nothing."""
        return self.camera in ("missing", "stalled")

    def want(self, wish: Wish) -> None:
        """Do this from now on: what runs is ended in good order first."""
        self.wish, self.trouble = wish, None
        self._start_anew()

    def _start_anew(self) -> None:
        if not self._wished.is_set():
            self._wished_ns = boottime_ns()
        self._wished.set()
        if self._run is not None:
            self._run.send(Stop())

    @property
    def paused(self) -> bool:
        """Whether there is to be no process, whatever is wished."""
        return not self._awake.is_set()

    def pause(self) -> None:
        """Close the camera, by ending the process; `wait_off` waits for it."""
        if not self.paused:
            self._awake.clear()
            self._start_anew()
            self._changed()

    def resume(self) -> None:
        """Go on with what is wished."""
        self._off.clear()
        self._awake.set()
        self._changed()

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

    async def run(self) -> None:
        """Keep the vision process running; returns when its source has ended."""
        failures = 0
        while True:
            await self._wished.wait()
            if self.paused:
                await self._rest()
                failures = 0
            self._wished.clear()
            wish = self.wish
            if wish is None:
                # Paused and resumed before the first wish.
                continue
            end = await self._one_run(wish)
            if self._wished.is_set():
                if not self.paused:
                    log.info("vision process: started again with what is wanted now")
                self._unknown()
                failures = 0
                continue
            if end is None:
                log.info("the source has ended")
                return
            self._unknown()
            if boottime_ns() - self._began_ns > _FORGET_S * 1e9:
                failures = 0
            delay = _DELAYS_S[min(failures, len(_DELAYS_S) - 1)]
            failures += 1
            self.restarts += 1
            # An error once; the same again and again is for who asks, and what nothing but a
            # person can mend is said by whoever wished for it.
            doomed = wish.doomed.done()
            quiet = doomed or (wish, end) == self._told
            self._told = (wish, end)
            self.last_end = self.trouble = end
            again = "it waits to be mended" if doomed else f"it is started again in {delay:g} s"
            level = logging.DEBUG if quiet else logging.ERROR
            log.log(level, "vision process: %s; %s", end, again)
            self._changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if doomed else delay):
                    await self._wished.wait()
            self._wished.set()

    async def _rest(self) -> None:
        log.info("paused: the camera is closed")
        self.trouble = None
        self._off.set()
        self._set_camera("off")
        await self._awake.wait()
        log.info("resumed: the camera is opened")
        self._set_camera(None)

    def _unknown(self) -> None:
        if self.camera == "ok":
            # Nothing is known of it until frames come again.
            self.camera = None

    async def _one_run(self, wish: Wish) -> str | None:
        """One process from start to end. Why it ended; None when the source had no more."""
        self._began_ns = boottime_ns()
        run = await VisionRun.start(wish.configure(self._counters.captured), self._receive)
        self._run = run
        self._counters.begin_run(run.page)
        if self._wished.is_set():
            run.send(Stop())
        try:
            trouble = await self._watch(run, wish)
            if trouble is not None:
                run.kill()
            await run.wait()
        finally:
            # Not when cancelled: `stop` ends it then, with the time for the frame in flight.
            if run.ended:
                worked = run.page["captured_ns"] != 0
                self._book_end(run)
        if trouble is not None:
            return trouble
        if run.finished:
            return None
        if run.failure is not None and not worked:
            wish.fail(run.failure, run.exit_code)
        return run.describe_end()

    async def _watch(self, run: VisionRun, wish: Wish) -> str | None:
        """Wait for the end of the run, or say what is wrong with it."""
        began_ns = boottime_ns()
        while not run.over.done():
            await asyncio.wait([run.over], timeout=CHECK_S)
            frame_ns = run.page["captured_ns"]
            silent_s = (boottime_ns() - max(frame_ns, run.ready_ns or began_ns)) / 1e9
            if run.over.done():
                continue
            if self._wished.is_set() and boottime_ns() - self._wished_ns > MAKE_WAY_S * 1e9:
                log.warning("the vision process did not stop in %g s and is killed", MAKE_WAY_S)
                return "stood in the way of what is wanted now"
            if run.finished:
                continue
            if run.ready_ns is None:
                if silent_s > START_S:
                    return f"camera and engine did not open within {START_S:g} s"
            elif silent_s > _silence_limit_s(wish):
                self._set_camera("stalled")
                return f"camera stalled: no frame for {silent_s:.1f} s"
            elif frame_ns:
                self._set_camera("ok")
        if run.failure is not None and run.failure.get("part") == "camera":
            # One that was open has stopped; one that was never open is not there.
            self._set_camera("missing" if run.ready_ns is None else "stalled")
        return None

    def _set_camera(self, camera: Camera | None) -> None:
        if camera == "ok":
            self.trouble = None
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
        assert self.wish is not None
        if not self._wished.is_set():
            # Else it is what the process before has seen.
            if not self.wish.seen.done():
                self._set_camera("ok")
                self.wish.has_seen()
            if self._fresh is not None and not self._fresh.done():
                self._fresh.set_result(None)
        if boottime_ns() - packet.answered_ns > STALE_NS:
            self._counters.book("stale")
        else:
            self._counters.book(self._on_observation(packet))

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


def _silence_limit_s(wish: Wish) -> float:
    if wish.source == "uri":
        return SILENT_S + LONGEST_SHOT_S
    return max(SILENT_S, 3 / wish.rate) if wish.rate else SILENT_S
