"""Where somebody is in the picture, and where to expect them next.

Owns the place and the size of a pose, and the guess at how it moves: a Kalman filter with constant
velocity (Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and Navigation",
2001, section 6.2: white noise acceleration), the same for x and y. Knows one person at a time. Pure
arithmetic on the daemon's loop; raises nothing.

Lengths are in heights of the picture, also to the side, so that they mean the same at another
resolution; or in sizes of the person, of which one is about half a metre of an adult who stands.
"""

import math
from dataclasses import dataclass
from typing import Final

from edgepose.messages.pose import Landmark

NOISE: Final = 0.03
"""Variance of a measured place, in sizes squared: a leg that is hidden moves the middle."""
PUSH: Final = 2.0
"""How hard people speed up and turn, in sizes a second squared: standard deviation."""
PACE: Final = 2.0
"""How fast somebody may be who was seen once only, in sizes a second: standard deviation."""
BRIDGED_NS: Final = 1_000_000_000
"""For how long somebody is expected to go on without being seen."""
SIZE_FOLLOWS_S: Final = 0.2
"""Time constant with which a size follows what is measured."""
SMALLEST: Final = 1e-3
"""Heights of the picture: landmarks on one point have no size to measure by."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A pose as a blob: the middle of its landmarks, and their root mean square distance from
    there, in heights of the picture. Arms, and a left taken for a right, change little of it."""

    x: float
    y: float
    size: float

    @classmethod
    def of(cls, landmarks: tuple[Landmark, ...], aspect: float) -> "Figure":
        """The figure of landmarks in a picture that is `aspect` times as wide as high."""
        xs, ys, *_ = zip(*landmarks, strict=True)
        count = len(landmarks)
        x, y = sum(xs) / count, sum(ys) / count
        wide = math.dist(xs, (x,) * count) * aspect
        high = math.dist(ys, (y,) * count)
        size = math.hypot(wide, high) / math.sqrt(count)
        # What is no number has no size either, and is near to nobody.
        return cls(x * aspect, y, size if SMALLEST < size < math.inf else SMALLEST)


class Motion:
    """The guess at one person's motion; starts at rest, not knowing much.

    `figure` is where the person was seen last. `at_ns` is that frame's time.
    """

    def __init__(self, figure: Figure, at_ns: int) -> None:
        self.figure = figure
        self.at_ns = at_ns
        self._x, self._y, self._size = figure.x, figure.y, figure.size
        self._vx = self._vy = 0.0
        # Covariance of place and velocity, in sizes.
        self._place, self._both, self._velocity = NOISE, 0.0, PACE**2

    def expect(self, at_ns: int) -> "Expected":
        """Where to look for the person in the frame of this time."""
        s = min(max(0, at_ns - self.at_ns), BRIDGED_NS) / 1e9
        push = (PUSH * s) ** 2
        return Expected(
            x=self._x + self._vx * s,
            y=self._y + self._vy * s,
            size=self._size,
            s=s,
            place=self._place + s * (2 * self._both + s * self._velocity) + push * s * s / 4,
            both=self._both + s * self._velocity + push * s / 2,
            velocity=self._velocity + push,
        )

    def seen(self, figure: Figure, at_ns: int) -> None:
        """Take in where the person is in the frame of this time."""
        expected = self.expect(at_ns)
        variance = expected.place + NOISE
        gain, speed_gain = expected.place / variance, expected.both / variance
        right, down = figure.x - expected.x, figure.y - expected.y
        self._x, self._y = expected.x + gain * right, expected.y + gain * down
        self._vx += speed_gain * right
        self._vy += speed_gain * down
        self._place = (1 - gain) * expected.place
        self._both = (1 - gain) * expected.both
        self._velocity = expected.velocity - speed_gain * expected.both
        self._size += (figure.size - self._size) * expected.s / (expected.s + SIZE_FOLLOWS_S)
        self.figure, self.at_ns = figure, at_ns


@dataclass(frozen=True, slots=True)
class Expected:
    """Where somebody is expected after `s` seconds, in heights of the picture, and how surely: the
    covariance of place and velocity, in sizes."""

    x: float
    y: float
    size: float
    s: float
    place: float
    both: float
    velocity: float
