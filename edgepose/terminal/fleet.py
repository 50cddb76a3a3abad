"""Every device that was heard of, each with its inbox.

Filled on one thread, read on any other. Raises nothing.
"""

import threading
import time
from collections.abc import Callable

from edgepose.terminal.arrival import MOST_DEVICES, Arrival
from edgepose.terminal.inbox import Inbox


class Fleet:
    """Takes the messages of all devices, `MOST_DEVICES` at most.

    `clock`: see `Inbox`. A `device` that is named is there before anything was heard of it.
    `poses` were received in all, of devices that are gone, too.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, device: str | None = None
    ) -> None:
        self.poses = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._device = device
        self._inboxes: dict[str, Inbox] = {} if device is None else {device: self._make()}

    def _make(self) -> Inbox:
        return Inbox(self._clock, remembered=0)

    def take(self, arrival: Arrival) -> None:
        """Put a message where it belongs."""
        with self._lock:
            inbox = self._inboxes.get(arrival.device)
            if arrival.kind == "availability" and not arrival.payload:
                # The device has left this name, and nothing of it is retained.
                self._inboxes.pop(arrival.device, None)
                if arrival.device == self._device:
                    self._inboxes[arrival.device] = self._make()
                return
            if inbox is None:
                if len(self._inboxes) >= MOST_DEVICES:
                    return
                inbox = self._inboxes[arrival.device] = self._make()
        if arrival.kind == "pose" and arrival.content is not None:
            self.poses += 1
        inbox.take(arrival)

    def begin_anew(self) -> None:
        """Nothing could come for a while: see `Inbox`."""
        for inbox in self.devices().values():
            inbox.begin_anew()

    def devices(self) -> dict[str, Inbox]:
        """All of them, in the order in which they were heard of first."""
        with self._lock:
            return dict(self._inboxes)
