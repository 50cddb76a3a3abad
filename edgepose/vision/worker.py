"""A worker thread: takes frames from the slot, lets its engine look, sends what it saw.

Counts `refused`, `engine_lost`, `link_full`. Ends when the slot is closed and empty, or when
its engine is lost.
"""

import logging
import threading
from collections.abc import Callable

from edgepose.messages.observation import Observation, encode_observation
from edgepose.messages.page import Page
from edgepose.vision.engines import Answer, Engine, EngineLost, FrameRefused
from edgepose.vision.frame import Frame
from edgepose.vision.link import Link
from edgepose.vision.slot import Slot

log = logging.getLogger(__name__)


class Worker(threading.Thread):
    """Runs one engine. `on_end` is called once, on this thread, with the error if any.

    `first_frame` is added to the source's frame numbers.
    """

    def __init__(
        self,
        engine: Engine,
        slot: Slot[Frame],
        link: Link,
        page: Page,
        *,
        first_frame: int,
        on_end: Callable[[Exception | None], None],
    ) -> None:
        super().__init__(name="worker", daemon=True)
        self._engine = engine
        self._slot = slot
        self._link = link
        self._page = page
        self._first_frame = first_frame
        self._on_end = on_end
        self._refusal = ""

    def run(self) -> None:
        """The thread."""
        error: Exception | None = None
        try:
            self._work()
        except Exception as e:  # noqa: BLE001 - whatever an engine throws is told to the daemon
            error = e
        finally:
            self._on_end(error)

    def _work(self) -> None:
        while (frame := self._slot.take()) is not None:
            looking = frame if self._start(frame) else None
            while looking is not None:
                answer = self._answer()
                done = looking
                try:
                    # Before the answer is read: the engine need not wait for that.
                    looking = self._start_next()
                finally:
                    self._send(done, answer)

    def _start_next(self) -> Frame | None:
        """Start the frame that waits in the slot, if there is one that the engine takes."""
        while (frame := self._slot.take_now()) is not None:
            if self._start(frame):
                return frame
        return None

    def _start(self, frame: Frame) -> bool:
        try:
            self._engine.start(frame.image, frame.captured_ns)
        except FrameRefused as refusal:
            self._page.count("refused")
            # Once for each new reason: a camera refuses itself thirty times a second.
            if str(refusal) != self._refusal:
                self._refusal = str(refusal)
                log.warning("the engine refuses pictures: %s", refusal)
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

    def _send(self, frame: Frame, answer: Answer) -> None:
        number = frame.number + self._first_frame
        self._page.sign("answered_frame", number)
        self._page.sign("answered_ns", answer.answered_ns)
        height, width = frame.image.shape[:2]
        people = answer.result().people
        packet = encode_observation(
            Observation(number, frame.captured_ns, answer.answered_ns, (width, height), people)
        )
        if not self._link.send(packet):
            self._page.count("link_full")
