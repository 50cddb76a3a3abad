"""MediaPipe's smoothing of one person over time: less jitter at rest, little lag in motion.

Owns the filters and their state. The engine that knows how to leave its answers as they are is
smoothed here, after the answers of all workers are back in order: two filters on alternate frames
would be two streams. Runs on one thread at a time; raises nothing.

From MediaPipe's repository: the values in tasks/cc/vision/pose_landmarker/
pose_landmarks_detector_graph.cc, the filter in util/filtering/one_euro_filter.cc (Casiez et al.,
"1 Euro Filter", CHI 2012; with the raw derivative, as MediaPipe has it) and
util/filtering/low_pass_filter.cc, its use in calculators/util/landmarks_smoothing_calculator.cc
and visibility_smoothing_calculator.cc. Unlike there, everything starts anew after nobody was seen:
MediaPipe starts only the picture's landmarks anew, so that somebody who comes in has for some
frames the visibility of whoever left.
"""

import math
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.vision.engines import Result

Rows = npt.NDArray[np.float64]

VISIBILITY_ALPHA: Final = 0.1
"""How much of a new visibility counts."""
MIN_SCALE_PX: Final = 1e-6
"""Of a person smaller than this nothing is smoothed."""


class OneEuroFilter:
    """Smooths many values at once; each has a filter of its own.

    `min_cutoff` (Hz) is the cutoff at rest, `beta` how much it rises with speed, and
    `derivate_cutoff` (Hz) smooths the speed.
    """

    def __init__(self, min_cutoff: float, beta: float, derivate_cutoff: float) -> None:
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._derivate_cutoff = derivate_cutoff
        self._raw: Rows | None = None
        self._smooth = self._speed = np.zeros(0)
        self._last_ms = 0

    def apply(self, values: Rows, engine_ms: int, scale: float) -> Rows:
        """The smoothed values. Speed is in units of `scale` a second."""
        if self._raw is None:
            self._smooth, self._speed = values, np.zeros_like(values)
        elif engine_ms <= self._last_ms:
            return values
        else:
            rate = 1000.0 / (engine_ms - self._last_ms)
            tau = rate / math.tau
            speed = (values - self._raw) * (rate / scale)
            part = self._derivate_cutoff / (self._derivate_cutoff + tau)
            self._speed = part * speed + (1.0 - part) * self._speed
            cutoffs = self._min_cutoff + self._beta * np.abs(self._speed)
            parts = cutoffs / (cutoffs + tau)
            self._smooth = parts * values + (1.0 - parts) * self._smooth
        self._raw, self._last_ms = values, engine_ms
        return self._smooth


class Smoothing:
    """Smooths the one person of each result; starts anew when nobody is there."""

    def __init__(self) -> None:
        self._start_anew()

    def _start_anew(self) -> None:
        self._visibility: Rows | None = None
        self._picture = OneEuroFilter(min_cutoff=0.05, beta=80.0, derivate_cutoff=1.0)
        self._world = OneEuroFilter(min_cutoff=0.1, beta=40.0, derivate_cutoff=1.0)

    def apply(self, result: Result, size: tuple[int, int], engine_ms: int) -> Result:
        """The result with its first and only person smoothed.

        `size`: width and height of the picture in pixels. `engine_ms`: the picture's time in
        whole milliseconds; a picture that is not newer than the last is left as it is.
        """
        if not result.people:
            self._start_anew()
            return result
        person = result.people[0]
        rows = np.array(person.landmarks)
        pixels = rows[:, :3] * (size[0], size[1], size[0])
        scale = result.scales[0] if result.scales else _extent(pixels)
        if scale > MIN_SCALE_PX:
            moved = self._picture.apply(pixels, engine_ms, scale)
            rows[:, :3] = moved / (size[0], size[1], size[0])
        if self._visibility is None:
            self._visibility = rows[:, 3].copy()
        self._visibility += VISIBILITY_ALPHA * (rows[:, 3] - self._visibility)
        rows[:, 3] = self._visibility
        world = person.world
        if world:
            smooth = self._world.apply(np.array(world), engine_ms, 1.0)
            world = tuple(map(WorldLandmark._make, smooth.tolist()))
        landmarks = tuple(map(Landmark._make, rows.tolist()))
        return replace(result, people=(Person(landmarks, world),))


def _extent(pixels: Rows) -> float:
    """The mean of the width and height of the landmarks' bounding box, as MediaPipe takes it
    where it knows of no region."""
    return float(np.ptp(pixels[:, :2], axis=0).mean())
