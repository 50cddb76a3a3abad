"""Which frames are wanted, when the camera makes more of them than that.

Owns the schedule of wanted times; what becomes of a frame is the caller's. `wants` is called on
the capture thread, `set_rate` on any. Raises nothing.
"""

from typing import Final

_EARLY: Final = 2 / 3
"""How early a frame may come for its wanted time, in intervals of the camera. Two frames with a
jitter of 0.3 intervals each may come 0.6 nearer than they should; the rest is for the estimate."""
_SHARE: Final = 1 / 8
"""How much of the newest interval goes into the estimate of the camera's interval."""
_SLOW_NS: Final = 1e9
"""The estimate to begin with. Too long loses no frame to jitter while the estimate settles."""


class Pacer:
    """Wants `rate` frames a second, evenly, by the times at which they were captured; 0: all.

    What holds, for a camera with C frames a second, at least one, and a wanted rate R:

    - Of any frames at all, at most R * d + 2 2/3 are wanted within any d seconds: an early one, a
      late one, and the one with which d begins. So nothing is made up for after a long gap.
    - If each frame comes within 0.3 camera intervals of its place in an even row: C <= R loses
      nothing; C > R gives at least R * d and at most R * d + 5/3 frames in the d seconds from the
      first frame to the last.
    - If C is a multiple of R and each frame comes within 0.12 intervals of its place, every C/R-th
      is taken, once the camera's interval is known (some 60 frames).

    A frame that is taken out of turn (`take`) comes on top, and the schedule goes on from it.
    """

    def __init__(self, rate: float) -> None:
        self._wanted_ns = 0.0
        self.set_rate(rate)
        self._paced_ns = self._wanted_ns
        self._camera_ns = _SLOW_NS
        self._seen_ns: int | None = None
        self._taken_ns = 0
        self._due_ns = 0.0

    def set_rate(self, rate: float) -> None:
        """Change the wanted rate, from the next frame on."""
        # One assignment, so that the capture thread sees the old interval or the new one.
        self._wanted_ns = 1e9 / rate if rate else 0.0

    def wants(self, captured_ns: int) -> bool:
        """Say whether the frame captured at this moment (CLOCK_BOOTTIME) is wanted.

        To be asked once for each frame, in order. A time before the last one starts afresh.
        """
        wanted_ns = self._wanted_ns
        if self._seen_ns is None or captured_ns < self._seen_ns:
            self._due_ns = captured_ns
        else:
            # A gap must not be taken for the camera's interval.
            interval_ns = min(captured_ns - self._seen_ns, 2 * self._camera_ns)
            self._camera_ns += _SHARE * (interval_ns - self._camera_ns)
            if wanted_ns != self._paced_ns:
                self._due_ns = self._taken_ns + wanted_ns
        self._seen_ns = captured_ns
        self._paced_ns = wanted_ns
        late_ns = captured_ns - self._due_ns
        if late_ns < -_EARLY * min(self._camera_ns, wanted_ns):
            return False
        self._taken_ns = captured_ns
        # From the wanted time, so that the rate is met on average; after a gap, from now.
        self._due_ns = (captured_ns if late_ns > wanted_ns else self._due_ns) + wanted_ns
        return True

    def take(self, captured_ns: int) -> None:
        """Want the frame that `wants` was asked for last, whatever it said."""
        self._taken_ns = captured_ns
        self._paced_ns = self._wanted_ns
        self._due_ns = captured_ns + self._paced_ns
