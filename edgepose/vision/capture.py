"""The capture thread: takes frames from the source, blacks what is masked, glances at
them, lays them into the slot.

Counts `captured`, `paced`, `busy`. Ends when the source ends, fails, or is stopped.
"""

import dataclasses
import threading
from collections.abc import Callable, Sequence
from typing import Final

import cv2

from edgepose.messages.page import VIEWS, Page
from edgepose.vision import thread_name
from edgepose.vision.attention import Attention
from edgepose.vision.frame import Frame, Image
from edgepose.vision.glance import grey
from edgepose.vision.mask import Mask, Polygon
from edgepose.vision.slot import Slot
from edgepose.vision.sources import Source
from edgepose.vision.view import FROZEN_S, Judge

_ROTATE: Final = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class Capture(threading.Thread):
    """Runs `source` into `slot`.

    `lossless`: wait for the engine instead of replacing frames, for a source that is taken as
    fast as possible. `frozen_s`: see `Judge`. `on_end` is called once, on this thread, with the
    error if there was one.
    """

    def __init__(
        self,
        source: Source,
        slot: Slot[Frame],
        attention: Attention,
        page: Page,
        *,
        rotation: int,
        mask: Sequence[Polygon] = (),
        lossless: bool,
        frozen_s: float = FROZEN_S,
        on_end: Callable[[Exception | None], None],
    ) -> None:
        super().__init__(name="capture", daemon=True)
        self._source = source
        self._slot = slot
        self._attention = attention
        self._page = page
        self._rotation = rotation
        self._mask = Mask(mask, rotation)
        self._put = slot.put_wait if lossless else slot.put
        self._on_end = on_end
        self._judge = Judge(lives=source.lives, frozen_s=frozen_s)
        self._stopped = threading.Event()

    def run(self) -> None:
        """The thread."""
        thread_name.show()
        error: Exception | None = None
        try:
            for frame in self._source.frames(self._stopped, self._wants):
                self._take(frame)
        except Exception as e:  # noqa: BLE001 - whatever a camera throws is told to the daemon
            error = e
        finally:
            self._on_end(error)

    def _wants(self, captured_ns: int) -> bool:
        wants = self._attention.wants(captured_ns)
        if not wants:
            self._captured(captured_ns)
            self._page.count("paced")
        return wants

    def _captured(self, captured_ns: int) -> None:
        self._page.count("captured")
        self._page.sign("captured_ns", captured_ns)

    def _take(self, frame: Frame) -> None:
        self._captured(frame.captured_ns)
        image = self._mask.apply(frame.image)
        if self._attention.looks:
            # Before it is turned: what moves, moves in any direction.
            glance, known = grey(image), self._mask.known
            self._attention.see(glance, frame.captured_ns, known)
            view = self._judge.look(frame.image, glance, frame.captured_ns, known)
            self._page.sign("view", VIEWS.index(view))
        if self._judge.suspects:
            self._page.sign("suspect_ns", frame.captured_ns)
        if not self._attention.takes:
            self._page.count("paced")
            return
        if self._rotation:
            image = _rotated(image, self._rotation)
        if self._put(dataclasses.replace(frame, image=image)) is not None:
            self._page.count("busy")

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopped.set()


def _rotated(image: Image, degrees: int) -> Image:
    """The picture turned clockwise by 90, 180 or 270 degrees."""
    return cv2.rotate(image, _ROTATE[degrees])  # type: ignore[return-value]
