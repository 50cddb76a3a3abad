"""MediaPipe's smoothing of one person over time, for each of several people.

Owns the filters of one person and their state. MediaPipe smooths only while `num_poses` is 1, and
so does `edgepose/vision/smoothing.py`: who is who is known only here. The same filters with the
same constants, in plain Python: the daemon has no numpy. Runs on the daemon's loop; raises nothing.

From MediaPipe's repository: the values in tasks/cc/vision/pose_landmarker/
pose_landmarks_detector_graph.cc, the filter in util/filtering/one_euro_filter.cc (Casiez et al.,
"1 Euro Filter", CHI 2012; with the raw derivative, as MediaPipe has it) and
util/filtering/low_pass_filter.cc, its use in calculators/util/landmarks_smoothing_calculator.cc
and visibility_smoothing_calculator.cc. The size that speed is measured by is, as there where no
region is known, the mean of the width and height of the landmarks' bounding box.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from edgepose.messages.pose import Landmark, Person, WorldLandmark

VISIBILITY_ALPHA: Final = 0.1
"""How much of a new visibility counts."""
MIN_SCALE_PX: Final = 1e-6
"""Of a person smaller than this nothing is smoothed."""
DERIVATE_CUTOFF: Final = 1.0
"""Hz; smooths the speed."""
PICTURE: Final = (0.05, 80.0)
"""`min_cutoff` and `beta` for landmarks in the picture."""
WORLD: Final = (0.1, 40.0)
"""The same for landmarks in metres."""


class OneEuroFilter:
    """Smooths many values at once; each has a filter of its own.

    `min_cutoff` (Hz) is the cutoff at rest, `beta` how much it rises with speed.
    """

    def __init__(self, min_cutoff: float, beta: float) -> None:
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._raw: Sequence[float] | None = None
        self._smooth: Sequence[float] = ()
        self._speed: Sequence[float] = ()

    def apply(self, values: Sequence[float], s: float, scale: float) -> Sequence[float]:
        """The smoothed values, `s` seconds after the last. Speed is in units of `scale` a second;
        `s` and `scale` are more than 0."""
        if self._raw is None:
            self._smooth, self._speed = values, [0.0] * len(values)
        else:
            tau = 1.0 / (s * math.tau)
            part = DERIVATE_CUTOFF / (DERIVATE_CUTOFF + tau)
            rate = 1.0 / (s * scale)
            least, beta = self._min_cutoff, self._beta
            self._speed = [
                speed + part * ((value - raw) * rate - speed)
                for value, raw, speed in zip(values, self._raw, self._speed, strict=True)
            ]
            self._smooth = [
                smooth + (value - smooth) * (cutoff := least + beta * abs(speed)) / (cutoff + tau)
                for value, smooth, speed in zip(values, self._smooth, self._speed, strict=True)
            ]
        self._raw = values
        return self._smooth


class Smoothing:
    """Smooths one person, who may be away for a moment; for anybody else make another one."""

    def __init__(self) -> None:
        self._x, self._y, self._z = (OneEuroFilter(*PICTURE) for _ in range(3))
        self._world: tuple[OneEuroFilter, ...] = ()
        self._visibility: Sequence[float] | None = None
        self._last_ns: int | None = None
        self._world_ns = 0

    def apply(self, person: Person, size: tuple[int, int], at_ns: int) -> Person:
        """The person smoothed. `size`: width and height of the picture in pixels. `at_ns`: the
        picture's time; in one that is not newer than the last the person is left as it is."""
        s = 1.0 if self._last_ns is None else (at_ns - self._last_ns) / 1e9
        if s <= 0.0:
            return person
        self._last_ns = at_ns
        x: Sequence[float]
        y: Sequence[float]
        z: Sequence[float]
        x, y, z, visibility, presence = zip(*person.landmarks, strict=True)
        width, height = size
        scale = ((max(x) - min(x)) * width + (max(y) - min(y)) * height) / 2
        if scale > MIN_SCALE_PX:
            # A filter is linear: what is a pixel matters only to the speed.
            x = self._x.apply(x, s, scale / width)
            y = self._y.apply(y, s, scale / height)
            z = self._z.apply(z, s, scale / width)
        self._visibility = [
            old + VISIBILITY_ALPHA * (new - old)
            for old, new in zip(self._visibility or visibility, visibility, strict=True)
        ]
        landmarks = tuple(map(Landmark, x, y, z, self._visibility, presence))
        return replace(person, landmarks=landmarks, world=self._smooth_world(person.world, at_ns))

    def _smooth_world(
        self, world: tuple[WorldLandmark, ...], at_ns: int
    ) -> tuple[WorldLandmark, ...]:
        if not world:
            self._world = ()
            return ()
        if not self._world:
            self._world = tuple(OneEuroFilter(*WORLD) for _ in range(3))
            self._world_ns = at_ns - 1
        s = (at_ns - self._world_ns) / 1e9
        self._world_ns = at_ns
        columns = zip(*world, strict=True)
        smooth = (f.apply(column, s, 1.0) for f, column in zip(self._world, columns, strict=True))
        return tuple(map(WorldLandmark, *smooth))
