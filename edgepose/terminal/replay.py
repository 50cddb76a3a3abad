"""A recording that is played, at its own speed or another, in the place of a broker.

A thread of its own hands the messages over; what ends it is in `failure`.
"""

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from edgepose.terminal.arrival import Arrival
from edgepose.terminal.recording import Recording


class Replay:
    """Plays `path` for `take` while it is entered, `speed` times as fast as it was recorded.

    `base` is that of the recorded topics. `over`: whether all was played. `note` says afterwards
    what is missing, else it is empty. `clock` gives the seconds of the recording, which run at that
    speed. Of `device` alone, where it is named. Raises UserError where the file is no recording.
    """

    def __init__(
        self,
        path: Path,
        speed: float,
        take: Callable[[Arrival], object],
        device: str | None = None,
    ) -> None:
        self.over = False
        self.note = ""
        self.failure: BaseException | None = None
        self._path = path
        self._recording = Recording(path)
        self.base = self._recording.base
        self._speed = speed
        self._take = take
        self._device = device
        self._stopping = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)

    def clock(self) -> float:
        """Seconds since the start of the recording, as it is played."""
        passed = time.monotonic() - self._began
        return passed if math.isinf(self._speed) else passed * self._speed

    def _run(self) -> None:
        try:
            for at, arrival in self._recording:
                if self._device not in (None, arrival.device):
                    continue
                wait_s = at / self._speed - (time.monotonic() - self._began)
                if self._stopping.wait(wait_s) if wait_s > 0 else self._stopping.is_set():
                    return
                self._take(arrival)
        except BaseException as error:  # noqa: BLE001
            # Of any kind: whoever started us raises it.
            self.failure = error
        if self._recording.cut:
            self.note = f"{self._path}: ends within a line, which is left out"
        self.over = True

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join(2.0)
