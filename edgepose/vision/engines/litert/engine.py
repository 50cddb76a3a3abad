"""The engine `litert` in LIVE_STREAM mode: one frame in flight.

Owns the thread that looks, one picture at a time, so that the caller can tell when that takes too
long. Its methods run on the caller's thread.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from edgepose.errors import UserError
from edgepose.vision.engines import Answer, EngineLost, EngineOptions, Result, check_picture
from edgepose.vision.engines.litert.direct import LiteRtDirect
from edgepose.vision.engines.litert.tracker import Regions, Tracker
from edgepose.vision.frame import Image

MOST_S: Final = 20.0
"""Limit for an answer: no board is so slow. Opening comes with all the loading."""
LEAST_S: Final = 2.0
PATIENCE: Final = 10
"""As many times the slowest answer of late a person may take: the processor has other work, too."""
FADING: Final = 0.95
"""How much of the slowest answer counts after another one."""


class LiteRtEngine:
    """One worker; see `edgepose.vision.engines.Engine`. `regions` are shared by all workers."""

    def __init__(self, options: EngineOptions, regions: Regions) -> None:
        self._last_ms = 0
        self._num_poses = options.num_poses
        self._thread = ThreadPoolExecutor(1, "litert")
        self._pending: Future[Result] | None = None
        try:
            opening = self._thread.submit(LiteRtDirect, options, "VIDEO", regions)
            self._direct = opening.result(MOST_S)
        except TimeoutError:
            self.close()
            raise UserError(
                f"LiteRT does not open {options.model}: it gave no answer within {MOST_S:g} s"
            ) from None
        self._slowest_s = self._direct.opening_s
        self._set_limit()

    @property
    def tracker(self) -> Tracker:
        """Whom it follows."""
        return self._direct.tracker

    def start(self, image: Image, captured_ns: int) -> None:
        """See `Engine.start`."""
        check_picture(image)
        self._last_ms = max(self._last_ms + 1, captured_ns // 1_000_000)
        self._pending = self._thread.submit(self._look, image, self._last_ms)

    def _look(self, image: Image, engine_ms: int) -> Result:
        began_s = time.monotonic()
        result = self._direct.look(image, engine_ms)
        self._slowest_s = max(time.monotonic() - began_s, FADING * self._slowest_s)
        return result

    def answer(self) -> Answer:
        """See `Engine.answer`."""
        pending, self._pending = self._pending, None
        if pending is None:
            raise EngineLost("asked for an answer without a picture")
        try:
            result = pending.result(self._limit_s)
        except TimeoutError:
            raise EngineLost(f"no answer within {self._limit_s:g} s") from None
        self._set_limit()
        return Answer(result.answered_ns, lambda: result)

    def _set_limit(self) -> None:
        limit_s = PATIENCE * self._num_poses * self._slowest_s
        self._limit_s = min(MOST_S, max(LEAST_S, limit_s))

    def close(self) -> None:
        """See `Engine.close`."""
        self._thread.shutdown(wait=False)
