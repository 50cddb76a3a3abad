"""The timestamps of a caller, as the engines take them. One thread at a time."""

import operator
from typing import Final, SupportsIndex

LONGEST_MS: Final = 2**52 // 1000
"""142 years: MediaPipe counts microseconds in 64 bits, and somebody may give nanoseconds for
milliseconds."""
FIRST_MS: Final = 2
"""An engine has looked at a black picture, at 0 or 1, before the first one comes."""


class Stamps:
    """Makes of milliseconds of any origin those of an engine, which begin at FIRST_MS. Engines
    only look at differences."""

    def __init__(self) -> None:
        self._first_ms: int | None = None
        self._last_ms = 0

    def next(self, timestamp_ms: SupportsIndex) -> int:
        """The engine's time for this stamp. Raises TypeError for what is no whole number, and
        ValueError for one that does not rise, or by too much."""
        try:
            stamp = operator.index(timestamp_ms)
        except TypeError:
            raise TypeError(
                f"timestamp_ms is {timestamp_ms!r}, a whole number of milliseconds is expected"
            ) from None
        if self._first_ms is None:
            self._first_ms = stamp
        elif stamp <= self._last_ms:
            raise ValueError(
                f"timestamp_ms {stamp} does not rise, the one before was {self._last_ms}: each "
                "picture must be later than the one before, another film needs another landmarker"
            )
        elif stamp - self._first_ms > LONGEST_MS:
            raise ValueError(
                f"timestamp_ms {stamp} is {stamp - self._first_ms} after the first one, allowed "
                f"are {LONGEST_MS}: milliseconds are meant"
            )
        self._last_ms = stamp
        return stamp - self._first_ms + FIRST_MS
