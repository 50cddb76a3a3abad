"""When a frame was captured, and how many frames were missed before it.

Owns the judgement of the sensor's timestamps; knows no camera. For the capture thread alone.
Raises nothing.
"""

from typing import Final, Literal, NamedTuple

PLAUSIBLE_NS: Final = 2_000_000_000
"""The first frame of a camera is no older than this when it arrives. A stamp on another clock (wall
time, the camera's own) is off by far more."""
GAP: Final = 1.5
"""How many of its own durations may lie between a frame and the one before it."""


class Stamp(NamedTuple):
    """`captured_ns` is CLOCK_BOOTTIME. `missed`: the frames that the camera made between the frame
    before and this one; None where its stamps do not tell."""

    captured_ns: int
    missed: int | None


class Stamps:
    """Judges the stamps of one camera's frames, in order.

    libcamera says that a sensor's stamp is CLOCK_BOOTTIME; the kernel's drivers give
    CLOCK_MONOTONIC, which is the same until the machine sleeps for the first time. Which of the
    two it is, or neither, the first frame decides. Where it is neither, a frame's time is that of
    its arrival, and nothing is known of what was missed.
    """

    def __init__(self) -> None:
        self._clock: Literal["unknown", "boottime", "monotonic", "none"] = "unknown"
        self._before_ns: int | None = None

    def read(
        self, stamp_ns: int | None, duration_ns: int | None, arrived_ns: int, asleep_ns: int
    ) -> Stamp:
        """Judge the next frame.

        `stamp_ns` is the sensor's, `duration_ns` this frame's own; None where the camera gives
        none. `arrived_ns` is CLOCK_BOOTTIME, `asleep_ns` how far CLOCK_MONOTONIC is behind it.
        """
        captured_ns = self._captured_ns(stamp_ns, arrived_ns, asleep_ns)
        before_ns, self._before_ns = self._before_ns, captured_ns
        if captured_ns is None:
            return Stamp(arrived_ns, None)
        if not duration_ns:
            return Stamp(captured_ns, None)
        if before_ns is None:
            return Stamp(captured_ns, 0)
        return Stamp(captured_ns, missed(captured_ns - before_ns, duration_ns))

    def _captured_ns(self, stamp_ns: int | None, arrived_ns: int, asleep_ns: int) -> int | None:
        if stamp_ns is None:
            return None
        if self._clock == "unknown":
            self._clock = _clock(stamp_ns, arrived_ns, asleep_ns)
        if self._clock == "none":
            return None
        captured_ns = stamp_ns + (asleep_ns if self._clock == "monotonic" else 0)
        rises = self._before_ns is None or captured_ns > self._before_ns
        return captured_ns if rises and captured_ns <= arrived_ns else None


def missed(gap_ns: int, duration_ns: int) -> int:
    """Give how many frames are missing in a gap between two frames, the later one's duration
    being `duration_ns`."""
    return round(gap_ns / duration_ns) - 1 if gap_ns > GAP * duration_ns else 0


def _clock(
    stamp_ns: int, arrived_ns: int, asleep_ns: int
) -> Literal["boottime", "monotonic", "none"]:
    # In this order: after a short sleep, a stamp of CLOCK_MONOTONIC would pass for an old one of
    # CLOCK_BOOTTIME, but one of CLOCK_BOOTTIME never for a CLOCK_MONOTONIC of the future.
    if 0 <= arrived_ns - asleep_ns - stamp_ns <= PLAUSIBLE_NS:
        return "monotonic"
    return "boottime" if 0 <= arrived_ns - stamp_ns <= PLAUSIBLE_NS else "none"
