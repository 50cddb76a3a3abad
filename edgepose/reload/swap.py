"""Puts a config in force, whole, and goes back to the one that worked when it does not.

Owns the order: ask a new broker, start camera and engine anew and wait for a frame, and only then
all the rest at once. Runs on the daemon's loop, one config at a time; may be cancelled until the
last step has begun.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from edgepose.config.model import Config
from edgepose.config.plan import plan
from edgepose.config.where import problem_at
from edgepose.errors import UserError
from edgepose.mqtt.client import Client
from edgepose.mqtt.probe import probe
from edgepose.mqtt.settings import SessionError
from edgepose.reload.candidate import Candidate
from edgepose.reload.memory import Memory
from edgepose.reload.outcome import Origin, Outcome, Result
from edgepose.service.clock import boottime_ns
from edgepose.service.ends import DOOMED_S
from edgepose.service.engine import Choice, choose
from edgepose.service.vision import Vision
from edgepose.service.vitals import START_S
from edgepose.service.wish import Wish

log = logging.getLogger(__name__)
_ASK_AGAIN_S: Final = (2.0, 5.0, 10.0, 30.0)
"""Before a broker that does not let us in is asked again; the last one for ever."""


class Swap:
    """`running` is what is in force.

    `live` puts in force what needs neither camera nor broker; with an outcome, which is told later,
    where that is known: what may get out is another matter where a config is taken back. `told` is
    called with each outcome, `confirm_within` says how long a first frame may take, in seconds.
    """

    def __init__(
        self,
        running: Candidate,
        memory: Memory,
        *,
        vision: Vision,
        client: Client,
        live: Callable[[Candidate, Outcome | None], None],
        told: Callable[[Outcome], None],
        confirm_within: Callable[[Config], float] = lambda config: config.reload.confirm_within,
    ) -> None:
        self.running = running
        self.asking_broker = False
        """Whether the trial has changed nothing yet, because a broker does not let us in."""
        self._memory = memory
        self._vision = vision
        self._client = client
        self._live = live
        self._told = told
        self._confirm_within = confirm_within
        # What worked, while the vision process is told to do something that has not yet.
        self._fallback: Candidate | None = None
        self._engines: dict[tuple[str, Path], Choice] = {}
        self._last_step: asyncio.Task[None] | None = None

    async def start(self, proven: Candidate | None) -> None:
        """Start with `running`; `proven` is another config that has worked before.

        Raises UserError where nothing can work before a person has mended it.
        """
        first, self._fallback = self.running, proven
        wish = await self._wish(first)
        if proven is not None and (await self._wish(proven)).wanted == wish.wanted:
            # Camera and engine are as they were when they worked.
            self._fallback = None
        self._vision.want(wish)
        if self._fallback is None:
            if error := await self._ends(wish):
                raise error
        else:
            # After a power cut all is slow, and the file is not to blame for it.
            within_s = max(self._confirm_within(first.config), START_S)
            error = await self._proof(wish, within_s)
            if error is None:
                error = await self._proof_after_pause(wish, within_s)
            if error is not None:
                await self._go_back(first, self._fallback, "start", error)
                return
        await self._remember(wish)

    async def bring(self, new: Candidate, origin: Origin) -> None:
        """Put `new` in force, or say why not. Returns when it has worked, or the old one again."""
        await self._ask_broker(new, origin)
        wish, now = await self._wish(new), self._vision.wish
        if now is None or now.wanted != wish.wanted or now.hopeless:
            if now is not None and now.seen.done() and not self._vision.blind:
                self._fallback = self.running
            self._vision.want(wish)
            now = wish
        old = self._fallback
        unproven = not now.seen.done() and not self._vision.paused
        if old is not None and old.digest != new.digest and unproven:
            now.on_seen = partial(self._switch, new)
            try:
                error = await self._proof(now, self._confirm_within(new.config))
            except asyncio.CancelledError:
                now.on_seen = None
                self._switch(self.running)
                raise
            now.on_seen = None
            if error is not None:
                await self._go_back(new, old, origin, error)
                return
        await self._put_in_force(new, self._outcome(new, origin, "accepted"))
        if old is not None and old.digest != new.digest:
            error = await self._proof_after_pause(now, self._confirm_within(new.config))
            if error is not None:
                await self._go_back(new, old, origin, error)
                return
        await self._remember(now)

    async def settled(self) -> None:
        """Wait for a last step that has begun."""
        if self._last_step is not None:
            await asyncio.wait([self._last_step])

    async def _ask_broker(self, new: Candidate, origin: Origin) -> None:
        """Wait until the broker lets us in, if it is another one than that which has."""
        told = ""
        failures = 0
        while self._client.let_in:
            renamed = new.topics.root != self._client.topics.root
            if new.broker == self._client.settings and not renamed:
                return
            self.asking_broker = True
            try:
                await probe(new.broker, new.topics if renamed else None)
                return
            except SessionError as error:
                trouble, here = f"{new.broker.broker}: {error}", self._client.settings.broker
                stays = f"{here} stays, and the new one is asked again"
                if new.broker.broker == here:
                    stays = "the change waits until it lets us in"
                if trouble != told:
                    told = trouble
                    self._told(self._outcome(new, origin, "refused", f"{trouble}; {stays}"))
                delay = _ASK_AGAIN_S[min(failures, len(_ASK_AGAIN_S) - 1)]
                failures += 1
                await asyncio.sleep(delay * random.uniform(0.75, 1.25))
            finally:
                self.asking_broker = False

    async def _proof(self, wish: Wish, within_s: float) -> UserError | None:
        """Wait for the first frame, or for a pause; the reason why there is none."""
        off = asyncio.create_task(self._vision.wait_off())
        ends: list[asyncio.Future[Any]] = [wish.seen, wish.failed, off]
        await asyncio.wait(ends, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        paused = off.done()
        off.cancel()
        if wish.seen.done() or paused:
            # Who pauses meanwhile does not say that it does not work.
            return None
        if wish.failed.done():
            return wish.failed.result()
        # A camera that may come is tried again, and has said by now why it does not.
        why = "" if self._vision.trouble is None else f": {self._vision.trouble}"
        return UserError(f"no frame within {within_s:g} s{why}")

    async def _proof_after_pause(self, wish: Wish, within_s: float) -> UserError | None:
        """While paused nothing can be proven: wait for the first frame after it."""
        while not wish.seen.done():
            await self._vision.wait_awake()
            if error := await self._proof(wish, within_s):
                return error
        return None

    async def _ends(self, wish: Wish) -> UserError | None:
        """Wait for the first frame, however long a camera is away; or why none can come."""
        ends: list[asyncio.Future[Any]] = [wish.seen, wish.doomed]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return None if wish.seen.done() else wish.doomed.result()

    async def _go_back(
        self, new: Candidate, old: Candidate, origin: Origin, error: UserError
    ) -> None:
        wish = await self._wish(old)
        self._vision.want(wish)
        await self._put_in_force(old, self._outcome(new, origin, "rolled_back", str(error), old))
        await asyncio.wait([wish.seen], timeout=self._confirm_within(old.config))
        if wish.seen.done():
            # The old config works, so it is the new one's fault.
            self._memory.blame(new.digest, str(error))
        await self._remember(wish)

    def _switch(self, to: Candidate, outcome: Outcome | None = None) -> None:
        """From this moment on nothing is said in the old way any more."""
        self._live(to, outcome)
        self._client.hold(self._elsewhere(to))

    def _elsewhere(self, to: Candidate) -> bool:
        return (to.broker, to.topics) != (self._client.settings, self._client.topics)

    async def _put_in_force(self, new: Candidate, outcome: Outcome) -> None:
        """The last step: all of it, even when a newer edit cancels the rest."""
        self._last_step = asyncio.create_task(self._all_at_once(new, outcome))
        await asyncio.shield(self._last_step)

    async def _all_at_once(self, new: Candidate, outcome: Outcome) -> None:
        self.running = new
        self._switch(new, outcome)
        if self._elsewhere(new):
            await self._client.move(new.broker, new.topics)
        self._told(outcome)

    async def _remember(self, wish: Wish) -> None:
        """Once it works, remember what runs as what worked last."""
        if error := await self._ends(wish):
            log.error(
                "vision process: %s; tried again in %g min, a change of the config at once",
                error,
                DOOMED_S / 60,
            )
            await asyncio.wait([wish.seen])
        self._fallback = None
        self._memory.keep(self.running.data)

    async def _wish(self, new: Candidate) -> Wish:
        """What to tell the vision process; the engine is chosen once for each way to choose it."""
        asked = (new.config.detection.engine, new.model.path)
        if asked not in self._engines:
            self._engines[asked] = await choose(*asked)
        choice = self._engines[asked]
        return Wish(choice, new.model, new.configure(choice.name), new.stream())

    def _outcome(
        self,
        new: Candidate,
        origin: Origin,
        result: Result,
        message: str | None = None,
        old: Candidate | None = None,
    ) -> Outcome:
        changes = plan((old or self.running).config, new.config)
        problems = []
        if message is not None:
            # What is refused is an address, what is taken back a camera or an engine.
            costly = "reconnect" if result == "refused" else "rebuild-vision"
            to_blame = [each.key for each in changes if each.cost == costly]
            key = to_blame[0] if len(to_blame) == 1 else None
            problems.append(problem_at(new.data, new.file, key, message))
        return Outcome(origin, result, changes, problems, boottime_ns())
