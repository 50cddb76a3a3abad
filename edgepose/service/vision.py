"""Supervision of the vision process: start it, read the link, notice its end, start it again.

Owns the process, the link's daemon end and the books' runs; whether a run gets on is judged by
`vitals`, `Running` tells of it, and what it shows of the camera is kept by `Sight`. What it is to
do is a `Wish`, which may be replaced at any time; while paused there is no process. There are never
two: before the next one starts, the one before is gone. Runs on the daemon's loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from edgepose.messages.observation import Event, Observation
from edgepose.messages.page import Page
from edgepose.service.asked import Asked
from edgepose.service.clock import boottime_ns
from edgepose.service.counters import Counters, Fate
from edgepose.service.ended import Ended
from edgepose.service.ends import Ends
from edgepose.service.pictures import Pictures
from edgepose.service.running import Running
from edgepose.service.sight import Sight
from edgepose.service.vision_run import VisionRun
from edgepose.service.vitals import Vitals
from edgepose.service.wish import Wish

STALE_NS: Final = 500_000_000
"""An observation that waited longer than this on the link is not worth sending."""
CHECK_S: Final = 0.25
STOP_S: Final = 1.0
"""For the frames in its hands; a little more than it takes for that itself."""
MAKE_WAY_S: Final = 2.0
"""To stop for another wish; one that still opens camera and engine does not even hear of it."""
GONE_S: Final = 2.0
"""For a process to go that was killed, before that is said. One that hangs in a driver goes when
the driver lets go of it."""

log = logging.getLogger(__name__)


class Vision(Asked, Running, Sight, Pictures):
    """The vision process, running from the first wish on.

    `on_observation` says what became of an observation. `changed` is called when something that
    health tells has changed. `nobody`: whether nobody is there who would be missed.
    """

    def __init__(
        self,
        counters: Counters,
        on_observation: Callable[[Observation], Fate],
        changed: Callable[[], None],
        nobody: Callable[[], bool] = lambda: True,
    ) -> None:
        Asked.__init__(self)
        Running.__init__(self)
        Sight.__init__(self, changed)
        Pictures.__init__(self)
        self.ends = Ends()
        """How often it was started again, and why."""
        self._trouble: str | None = None
        """Until answers come or something else is wished."""
        self._hangs: str | None = None
        """As long as a process that was killed is there, whatever is wished."""
        self._counters = counters
        self._nobody = nobody
        self._on_observation = on_observation
        self._worked_s = 0.0
        """How long the last run did so."""

    @property
    def trouble(self) -> str | None:
        """Why it does not run as it should."""
        return self._hangs or self._trouble

    def want(self, wish: Wish) -> None:
        """See `Asked.want`."""
        self._trouble = None
        super().want(wish)

    def pause(self) -> None:
        """See `Asked.pause`."""
        super().pause()
        self._changed()

    def resume(self) -> None:
        """See `Asked.resume`."""
        super().resume()
        self._changed()

    def _asked(self) -> None:
        if self._run is not None:
            self._run.leave()

    async def run(self) -> None:
        """Keep the vision process running; returns when its source has ended."""
        while True:
            await self._wished.wait()
            if self.paused:
                await self._rest()
                self.ends.forget()
            self._wished.clear()
            wish = self.wish
            if wish is None:
                # Paused and resumed before the first wish.
                continue
            end = await self._one_run(wish)
            if self._wished.is_set():
                if not self.paused:
                    anew = "for a changed configuration" if self.wish is not wish else "as asked"
                    log.info("vision process: starts anew %s", anew)
                self._unknown()
                self.ends.forget()
                continue
            if end is None:
                log.info("the source has ended")
                return
            self._camera_after(end)
            await self._again(wish, end)

    async def _again(self, wish: Wish, end: Ended) -> None:
        """Say that it has ended, and wait until it is time to start it again."""
        delay_s = self.ends.note(wish, end, self._worked_s)
        self._trouble = end.words
        self._changed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._wished.wait()
        if self._wished.is_set():
            # What is asked for now is another beginning, maybe of another camera.
            self.ends.forget()
            if self.wish is not wish:
                self._unknown()
        self._wished.set()

    async def _rest(self) -> None:
        log.info("paused: the camera is closed")
        self._trouble = None
        self._set_camera("off")
        while self.paused:
            # Resumed and paused again in one go, it is woken all the same.
            self._off.set()
            await self._awake.wait()
        log.info("resumed: the camera is opened")
        self._set_camera(None)

    async def _one_run(self, wish: Wish) -> Ended | None:
        """One process from start to end. Why it ended; None when the source had no more."""
        self._worked_s = 0.0
        try:
            configure = wish.configure(self._counters.captured)
            run = await VisionRun.start(
                configure, self._receive, self._take_picture, stream=wish.stream
            )
        except (OSError, RuntimeError) as error:
            # No descriptors, no memory, no more processes: that may pass. RuntimeError is Python's
            # word for a thread that cannot be started, with which asyncio waits for the process.
            why = getattr(error, "strerror", None) or error
            return Ended("start_refused", f"cannot be started: {why}")
        self._run, self._vitals = run, Vitals(wish, run.page, boottime_ns())
        self._begin_run(is_camera=wish.is_camera)
        self._counters.begin_run(run.page)
        if self._rate is not None:
            run.send(self._rate)
        for command in self._picture_commands():
            run.send(command)
        if self._wished.is_set():
            run.leave()
        try:
            trouble = await self._watch(run, self._vitals)
            # One that is told to stop says that it has finished, too.
            of_itself = trouble is None or run.finished
            if trouble is not None:
                await self._end(run, trouble)
            await run.wait()
        finally:
            # Not when cancelled: `stop` ends it then, with the time for the frame in flight.
            if run.ended:
                run.drain()
                worked, end = run.page["captured_ns"] != 0, run.describe_end()
                self._worked_s = run.worked_s(self._outlook.frozen_from_ns or boottime_ns())
                self._book_end(run)
        if run.finished and of_itself:
            return None
        if trouble is not None:
            return trouble
        if run.failure is not None and not worked:
            wish.fail(run.failure, run.exit_code)
        return end

    async def _watch(self, run: VisionRun, vitals: Vitals) -> Ended | None:
        """Wait for the end of the run, or say what is wrong with it."""
        leaves_ns: int | None = None
        while not run.over.done():
            await asyncio.wait([run.over], timeout=CHECK_S)
            now_ns = boottime_ns()
            if run.over.done():
                continue
            if self._wished.is_set() and now_ns - self._wished_ns > MAKE_WAY_S * 1e9:
                log.info("the vision process did not stop in %g s and is killed", MAKE_WAY_S)
                return Ended("in_the_way", "stood in the way of what is wanted now")
            if run.finished or run.failure is not None:
                self._camera_after(leaving := run.describe_end())
                leaves_ns = leaves_ns or now_ns
                if now_ns - leaves_ns > MAKE_WAY_S * 1e9:
                    return leaving
            elif (ended := self._judge(run, vitals, now_ns)) is not None:
                self._camera_after(ended)
                return ended
        return None

    def _judge(self, run: VisionRun, vitals: Vitals, now_ns: int) -> Ended | None:
        """What is wrong with a run that goes on; None where nothing is."""
        stopped = run.ready_ns is None and run.stopped
        ended = vitals.look(now_ns, run.ready_ns, run.received, stopped=stopped)
        if ended is not None:
            return ended
        if run.page["captured_ns"]:
            self._look_at_view(run.page)
            self.ends.works(run.worked_s(self._outlook.frozen_from_ns or now_ns))
            if self._outlook.stuck:
                words = "camera frozen: it gives the same picture again and again"
                return Ended("picture_frozen", words)
        before = self.warning
        ended = self._look_at_memory(run, vitals, now_ns, nobody=self._nobody())
        if (before is None) != (self.warning is None):
            self._changed()
        return ended

    async def _end(self, run: VisionRun, trouble: Ended) -> None:
        """End a process that must go; there is no other one as long as it is there."""
        if trouble.cause == "memory":
            # It works, so it may finish what it has in its hands.
            await run.stop(STOP_S)
        run.kill()
        await asyncio.wait([run.over], timeout=GONE_S)
        if run.ended:
            return
        self._camera_after(trouble)
        self._hangs = f"{trouble.words}; killed, and does not go: it hangs in the kernel"
        log.error("vision process: %s; no other one is started meanwhile", self._hangs)
        self._changed()
        await asyncio.wait([run.over])
        self._hangs = None
        self._changed()

    def _look_at_view(self, page: Page) -> None:
        super()._look_at_view(page)
        # Frames alone are no proof: an engine may hang, or die of each.
        if self._trouble is not None and not self.opening:
            self._trouble = None
            self._changed()

    def _receive(self, packet: Observation | Event) -> None:
        if isinstance(packet, Event):
            log.debug("vision process: %s %s", packet.name, packet.detail)
            if packet.name == "ready":
                self._opened(packet.detail)
            elif packet.name == "refuses" and self.opening and not self._wished.is_set():
                # Nothing else tells why no answer comes.
                self._trouble = f"the engine refuses the pictures: {packet.detail['message']}"
                self._changed()
            return
        assert self.wish is not None
        if not self._wished.is_set():
            # Else it is what the process before has seen.
            self._outlook.see(packet)
            first = self._run is not None and self._run.received == 1
            if self._run is not None and (first or (packet.people and self.obscured)):
                self._look_at_view(self._run.page)
            if first:
                self._say_first(self.wish, packet)
            if not self.wish.seen.done():
                self.wish.has_seen()
            self._works_anew()
        if boottime_ns() - packet.answered_ns > STALE_NS:
            self._counters.book("stale")
        else:
            self._counters.book(self._on_observation(packet))

    def _say_first(self, wish: Wish, answer: Observation) -> None:
        """A run has given its first answer: it is open now."""
        if wish.seen.done():
            self.ends.answers()
        else:
            log.info("vision process: the first picture is looked at: %d x %d", *answer.size)
        self._changed()

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
        self._run = self._vitals = None
