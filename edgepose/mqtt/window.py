"""How much may be under way to the broker without its word that it reads.

Owns the poses that are not written yet and the probe that is out; sends nothing itself. Runs on
the loop.
"""

import time
from collections import deque
from typing import Final, Protocol

MAX_UNSENT: Final = 8
"""Poses that may wait in paho because the socket takes no more."""
HOLD_S: Final = 1.0
"""No pose is sent while an acknowledgement is overdue for longer. Short enough that little goes
into a broker that has stopped, long enough for a radio that dozes."""
STALLED_S: Final = 10.0
"""The connection is given up when an acknowledgement is overdue for longer."""


class Sent(Protocol):
    """What paho says of a message that was handed to it."""

    def is_published(self) -> bool:
        """Whether it has been written to the socket."""
        ...


class Window:
    """The stream's side of one connection."""

    def __init__(self) -> None:
        self._unsent: deque[Sent] = deque()
        # The message id of the probe that is out, and when it was sent.
        self._probe: tuple[int, float] | None = None

    def sent(self, message: Sent) -> None:
        """The last message of a pose was handed to paho."""
        self._unsent.append(message)

    @property
    def wants_probe(self) -> bool:
        """Whether none is out."""
        return self._probe is None

    def probed(self, message_id: int) -> None:
        """A probe went out."""
        self._probe = (message_id, time.monotonic())

    def answered(self, message_id: int) -> None:
        """The broker has answered a probe: it has read every pose before it."""
        if self._probe is not None and self._probe[0] == message_id:
            self._probe = None

    @property
    def holds(self) -> bool:
        """Whether the broker is behind, so that no pose may be sent now."""
        while self._unsent and self._unsent[0].is_published():
            self._unsent.popleft()
        return len(self._unsent) >= MAX_UNSENT or self._overdue_s() > HOLD_S

    @property
    def stalled(self) -> bool:
        """Whether the broker has not answered for so long that the connection is worth nothing."""
        return self._overdue_s() > STALLED_S

    def _overdue_s(self) -> float:
        return 0.0 if self._probe is None else time.monotonic() - self._probe[1]
