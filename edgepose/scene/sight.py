"""Whether the room is looked at, and for how long: a clock that stands still while nobody looks.

Owns the time looked at, by which presence is measured, and how long a blindness lasts. Runs on the
daemon's loop; raises nothing. Times given are CLOCK_BOOTTIME.
"""


class Sight:
    """`looked_ns`: the time looked at so far. `frame` counts the frames. `settled`: whether it has
    been looked for long enough to know who is there, and still is."""

    def __init__(self) -> None:
        self.looked_ns = 0
        self.frame = 0
        self.settled = False
        self._last_at_ns: int | None = None
        self._from_ns: int | None = None
        self._blind_from_ns: int | None = None
        self._blind_ns = 0

    def look(self, at_ns: int, settles_after_ns: int) -> int:
        """A frame of this time is looked at. How long it had been blind before, in nanoseconds; a
        frame now and then is no end of a blindness, only to be settled is."""
        if self._last_at_ns is not None:
            # The stamps of a camera may go back.
            self.looked_ns += max(0, at_ns - self._last_at_ns)
        if self._from_ns is None:
            self._from_ns = self.looked_ns
        self._last_at_ns = at_ns
        self.frame += 1
        blind_ns = self._blind_ns = self._blind_until(at_ns)
        self._blind_from_ns = None
        if self.looked_ns - self._from_ns >= settles_after_ns:
            self.settled, self._blind_ns = True, 0
        return blind_ns

    def hold(self, at_ns: int) -> None:
        """A frame of this time may show nothing: the time since the frame before does not count."""
        if self._last_at_ns is not None:
            self._last_at_ns = at_ns

    def blind(self, now_ns: int) -> int:
        """No pictures come; for how long by now, from the last frame on, if there was one."""
        if self._blind_from_ns is None:
            self._blind_from_ns = now_ns if self._last_at_ns is None else self._last_at_ns
        self._stop()
        return self._blind_until(now_ns)

    def start_anew(self) -> None:
        """Nothing of before counts."""
        self._stop()
        self.count_anew()

    def count_anew(self) -> None:
        """How long it was blind until now has had its effect."""
        self._blind_from_ns, self._blind_ns = None, 0

    def _stop(self) -> None:
        self._last_at_ns = self._from_ns = None
        self.settled = False

    def _blind_until(self, now_ns: int) -> int:
        if self._blind_from_ns is None:
            return self._blind_ns
        return self._blind_ns + max(0, now_ns - self._blind_from_ns)
