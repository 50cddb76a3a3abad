"""IMAGE and VIDEO mode: whoever shows a picture waits for what is in it.

Owns one engine, which lives in a room of its own. Any thread may call.
"""

from typing import SupportsIndex

from edgepose.landmarker.result import PoseLandmarkerResult, as_arrays
from edgepose.landmarker.room import Room
from edgepose.landmarker.stamps import Stamps
from edgepose.vision.engines import DirectMode, EngineOptions
from edgepose.vision.engines.opening import open_direct
from edgepose.vision.frame import Image


class Direct:
    """Shows pictures to one engine. Made with what opening it raises."""

    def __init__(self, engine: str, options: EngineOptions, mode: DirectMode) -> None:
        self._room, self._engine = Room.around(open_direct, engine, options, mode)
        self._masks = options.output_segmentation_masks
        self._stamps = Stamps()

    def look(self, image: Image, timestamp_ms: SupportsIndex | None) -> PoseLandmarkerResult:
        """Who is in the picture; in IMAGE mode it has no timestamp."""
        return self._room.call(self._look, image, timestamp_ms)

    def _look(self, image: Image, timestamp_ms: SupportsIndex | None) -> PoseLandmarkerResult:
        # In there, where those of several threads come one after the other.
        engine_ms = 0 if timestamp_ms is None else self._stamps.next(timestamp_ms)
        height, width = image.shape[:2]
        return as_arrays(self._engine.look(image, engine_ms), (width, height), masks=self._masks)

    def close(self) -> None:
        """Give everything back, when what is under way is done."""
        self._room.end(self._engine.close)
