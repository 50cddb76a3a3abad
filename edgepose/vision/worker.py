"""A worker thread: takes frames from the slot, lets its engine look, sends what it saw.

Counts `refused`, `engine_lost`, `link_full`. Ends when the slot is closed and empty, or when
its engine is lost.
"""

import logging
import threading
from collections.abc import Callable

from edgepose.messages.observation import Observation, encode_observation
from edgepose.messages.page import Page
from edgepose.vision.engines import Engine, EngineLost, FrameRefused
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

    def run(self) -> None:
        """The thread."""
        error: Exception | None = None
        try:
            while (frame := self._slot.take()) is not None:
                self._look(frame)
        except Exception as e:  # noqa: BLE001 - whatever an engine throws is told to the daemon
            error = e
        finally:
            self._on_end(error)

    def _look(self, frame: Frame) -> None:
        try:
            result = self._engine.detect(frame.image, frame.captured_ns)
        except FrameRefused as refusal:
            self._page.count("refused")
            log.warning("frame %d refused by the engine: %s", frame.number, refusal)
            return
        except EngineLost:
            self._page.count("engine_lost")
            raise
        number = frame.number + self._first_frame
        self._page.sign("answered_frame", number)
        self._page.sign("answered_ns", result.answered_ns)
        height, width = frame.image.shape[:2]
        packet = encode_observation(
            Observation(
                number, frame.captured_ns, result.answered_ns, (width, height), result.people
            )
        )
        if not self._link.send(packet):
            self._page.count("link_full")
