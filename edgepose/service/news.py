"""Who is there, told on `/state` and `/event`.

Owns what was told last. Runs on the daemon's loop. What is not known is told as null.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from edgepose.messages.happening import Happening, Reasons
from edgepose.messages.plain import ABSENT, Absent, encode
from edgepose.messages.state import Present, State
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import EVENT, STATE
from edgepose.mqtt.settings import Message
from edgepose.scene.presence import Came, Went
from edgepose.scene.scene import Scene
from edgepose.service.clock import STEP_US, boottime_ns, is_unset, iso, unix_us
from edgepose.service.vision import Vision

AGAIN_S: Final = 60.0
"""Between two messages that say the same."""
LATE_S: Final = 5.0
"""An event that is sent later than this is old news, and says so."""


class News:
    """Tells what `scene` finds. `newest_seq` gives `seq` of the newest pose."""

    def __init__(
        self, scene: Scene, vision: Vision, client: Client, newest_seq: Callable[[], int | None]
    ) -> None:
        self._scene = scene
        self._vision = vision
        self._client = client
        self._newest_seq = newest_seq
        self._told: State | None = None
        self._moves = client.moves
        self._ended = False
        self._since_us: dict[int, int] = {}

    async def run(self) -> None:
        """Say again, now and then, what was said, for ever."""
        while True:
            await asyncio.sleep(AGAIN_S)
            self.tell(again=True)

    def end(self) -> None:
        """Nobody looks any more: what stays retained is not to claim that somebody is there."""
        self._ended = True
        self.tell()

    def tell(self, *, again: bool = False) -> None:
        """Tell what has changed; with `again`, also what has not."""
        now_ns = boottime_ns()
        if self._vision.paused:
            self._scene.forget()
        elif not self._vision.seeing:
            self._scene.blind(now_ns)
        for each in self._scene.happened():
            self._post(each)
        state = self._state()
        if self._moves != self._client.moves:
            # Under another name, or at another broker, nothing was told yet.
            self._moves, self._told = self._client.moves, None
        if again or self._told is None or state != self._told:
            self._told = state
            now_us = unix_us(now_ns)
            payload = encode(replace(state, time=iso(now_us), clock=_clock(now_us)))
            self._client.retain(STATE.message(self._client.topics.state, payload))

    def _state(self) -> State:
        """The state, without the time."""
        looking = self._vision.seeing and not self._vision.paused and not self._ended
        present = self._scene.present() if looking else None
        people = None
        if present is not None:
            known = {each.id: self._since(each.id, each.since_ns) for each in present}
            self._since_us = known
            people = tuple(Present(id, "unknown", iso(at_us)) for id, at_us in known.items())
        return State(
            time="",
            presence=None if people is None else bool(people),
            count=None if people is None else len(people),
            people=people,
            paused=self._vision.paused,
            camera=None if self._ended else self._vision.camera,
        )

    def _since(self, id: int, since_ns: int) -> int:
        """The wall clock's time, which is not to tremble with the clock's slewing."""
        at_us = unix_us(since_ns)
        before = self._since_us.get(id, at_us)
        return before if abs(at_us - before) < STEP_US else at_us

    def _post(self, what: Came | Went) -> None:
        seq, at_us = self._newest_seq(), unix_us(what.at_ns)

        def letter() -> Message:
            # The clock may have been set since.
            now_us = unix_us(what.at_ns)
            time_us = at_us if abs(now_us - at_us) < STEP_US else now_us
            happening = Happening(
                event_type="entered" if isinstance(what, Came) else "left",
                time=iso(time_us),
                id=what.id,
                seq=seq,
                reasons=_reasons(what),
                late=boottime_ns() - what.at_ns > LATE_S * 1e9,
                clock=_clock(time_us),
            )
            return EVENT.message(self._client.topics.event, encode(happening))

        self._client.post(letter)


def _clock(at_us: int) -> Literal["unset"] | Absent:
    return "unset" if is_unset(at_us) else ABSENT


def _reasons(what: Came | Went) -> Reasons:
    if isinstance(what, Came):
        return Reasons(visible_s=round(what.visible_s, 2), confidence=round(what.confidence, 2))
    by = ABSENT if what.displaced_by is None else what.displaced_by
    return Reasons(unseen_s=round(what.unseen_s, 2), displaced_by=by)
