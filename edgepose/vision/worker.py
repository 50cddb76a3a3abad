"""A worker thread: takes frames from the slot, lets its engine look, reads what it saw.

Several of them run on one slot: whoever is free takes the newest frame, and `Order` puts the
answers back in a row. Counts `refused` and `engine_lost`. Ends when the slot is closed and empty,
or when its engine is lost.
"""

import logging
import threading
from collections.abc import Callable

from edgepose.messages.observation import Event
from edgepose.messages.page import Page
from edgepose.vision import thread_name
from edgepose.vision.engines import Answer, Engine, EngineLost, FrameRefused, Result
from edgepose.vision.frame import Frame
from edgepose.vision.order import Order

log = logging.getLogger(__name__)


class Refusals:
    """Counts the pictures that the engines refuse, and tells why; shared by the workers."""

    def __init__(self, page: Page, tell: Callable[[Event], None]) -> None:
        self._page = page
        self._tell = tell
        self._last = ""

    def count(self, refusal: FrameRefused) -> None:
        """Count one."""
        self._page.count("refused")
        # Once for each new reason: a camera refuses itself thirty times a second.
        if str(refusal) != self._last:
            self._last = str(refusal)
            log.warning("the engine refuses pictures: %s", refusal)
            self._tell(Event("refuses", {"message": self._last}))


class Worker(threading.Thread):
    """Runs one engine. `on_end` is called once, on this thread, with the error if any."""

    def __init__(
        self,
        engine: Engine,
        order: Order[Result],
        page: Page,
        refusals: Refusals,
        *,
        number: int,
        on_end: Callable[[Exception | None], None],
    ) -> None:
        super().__init__(name=f"worker-{number}", daemon=True)
        self._engine = engine
        self._order = order
        self._page = page
        self._refusals = refusals
        self._on_end = on_end
        self._held: dict[int, Frame] = {}

    def run(self) -> None:
        """The thread."""
        thread_name.show()
        error: Exception | None = None
        try:
            self._work()
        except Exception as e:  # noqa: BLE001 - whatever an engine throws is told to the daemon
            error = e
        finally:
            # After an error nobody must wait for what this worker has in its hands.
            for frame in self._held.values():
                self._order.leave(frame)
            self._on_end(error)

    def _work(self) -> None:
        while (looking := self._start_next(self._order.take)) is not None:
            while looking is not None:
                answer = self._answer()
                done = looking
                try:
                    # Before the answer is read: the engine need not wait for that.
                    looking = self._start_next(self._order.take_now)
                finally:
                    self._order.answered(done, answer.result())
                    del self._held[done.number]

    def _start_next(self, take: Callable[[], Frame | None]) -> Frame | None:
        """Start the next frame that the engine takes; None where there is no more."""
        while (frame := take()) is not None:
            self._held[frame.number] = frame
            if self._start(frame):
                return frame
            del self._held[frame.number]
            self._order.leave(frame)
        return None

    def _start(self, frame: Frame) -> bool:
        try:
            self._engine.start(frame.image, frame.captured_ns)
        except FrameRefused as refusal:
            self._refusals.count(refusal)
            return False
        except EngineLost:
            self._page.count("engine_lost")
            raise
        return True

    def _answer(self) -> Answer:
        try:
            return self._engine.answer()
        except EngineLost:
            self._page.count("engine_lost")
            raise
