"""LIVE_STREAM mode: pictures come when they come, and the newest is looked at.

Owns the thread on which the callbacks for results run, an ordinary one of the program's, and the
account of the pictures: of each that is taken either the result is told or that it was dropped. One
is looked at, one waits, and a newer one takes the place of that which waits.
"""

import logging
import operator
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import SupportsIndex

import numpy as np

from edgepose.landmarker.result import PoseLandmarkerResult, as_arrays
from edgepose.landmarker.room import Room
from edgepose.landmarker.stamps import Stamps
from edgepose.vision import engines
from edgepose.vision.engines import EngineLost, EngineOptions
from edgepose.vision.engines.opening import open_engine
from edgepose.vision.frame import Image
from edgepose.vision.slot import Slot

ResultCallback = Callable[[PoseLandmarkerResult, Image, int], object]
DroppedCallback = Callable[[Image, int], object]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture, the caller's stamp, and that stamp as the engine takes it."""

    image: Image
    timestamp_ms: int
    engine_ms: int


class LiveStream:
    """Shows pictures to one engine, and tells what became of each. Made with what opening it
    raises."""

    def __init__(
        self,
        engine: str,
        options: EngineOptions,
        on_result: ResultCallback,
        on_dropped: DroppedCallback | None,
    ) -> None:
        self._room, self._engine = Room.around(open_engine, engine, options)
        self._on_result = on_result
        self._on_dropped = on_dropped
        self._masks = options.output_segmentation_masks
        self._stamps = Stamps()
        self._slot: Slot[_Shown] = Slot()
        self._lock = threading.Lock()
        self._lost: Exception | None = None
        # A program that ends without closing is not held up.
        self._thread = threading.Thread(target=self._run, name="live-stream", daemon=True)
        self._thread.start()

    def show(self, image: Image, timestamp_ms: SupportsIndex) -> None:
        """Take a copy of the picture; see `PoseLandmarker.detect_async`."""
        self._room.check()
        copied = np.array(image, order="C")
        with self._lock:
            if self._lost is not None:
                raise EngineLost(str(self._lost)) from self._lost
            engine_ms = self._stamps.next(timestamp_ms)
            replaced = self._slot.put(_Shown(copied, operator.index(timestamp_ms), engine_ms))
        self._drop(replaced)

    def _run(self) -> None:
        looking = self._start(self._slot.take())
        while looking is not None:
            shown, answer = looking
            try:
                result = answer.result()
            except Exception as error:  # noqa: BLE001 - whatever ends it is told to the caller
                self._end(shown, error)
                return
            # Before the callback, which may take its time: the engine need not wait for that.
            looking = self._start(self._slot.take_now())
            self._call(self._on_result, result, shown.image, shown.timestamp_ms)
            looking = looking or self._start(self._slot.take())

    def _start(self, shown: _Shown | None) -> "tuple[_Shown, Future[PoseLandmarkerResult]] | None":
        if shown is None:
            return None
        try:
            return shown, self._room.start(self._look, shown)
        except RuntimeError:  # the program is at its end, where nothing is begun any more
            return None

    def _look(self, shown: _Shown) -> PoseLandmarkerResult:
        seen = engines.detect(self._engine, shown.image, shown.engine_ms * 1_000_000)
        height, width = shown.image.shape[:2]
        return as_arrays(seen, (width, height), masks=self._masks)

    def _end(self, shown: _Shown, error: Exception) -> None:
        with self._lock:
            self._lost = error
            self._slot.close()
        self._drop(shown)
        self._drop(self._slot.take_now())

    def _drop(self, shown: _Shown | None) -> None:
        if shown is not None and self._on_dropped is not None:
            self._call(self._on_dropped, shown.image, shown.timestamp_ms)

    def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        try:
            callback(*arguments)
        except Exception:  # one bad answer of the program's ends no stream, as in MediaPipe
            log.exception("a callback of the program failed")

    def close(self) -> None:
        """Wait until all that was taken has been told, then give everything back.

        A callback that closes the stream it is called by cannot wait for itself: then what waits
        is dropped, and what is looked at is still told.
        """
        if self._room.is_deserted:
            return
        self._slot.close()
        if threading.current_thread() is self._thread:
            self._drop(self._slot.take_now())
        else:
            self._thread.join()
        # An engine that has hung would hang here, too.
        self._room.end(self._engine.close, wait=self._lost is None)
