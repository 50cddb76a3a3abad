"""Messages that must arrive although the broker is away: kept until it has acknowledged them.

Owns the queue and its bound; sends nothing itself. Runs on the loop.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from edgepose.mqtt.settings import Message

MOST: Final = 100
"""Messages that are kept; of more, the oldest are dropped first."""


class _Letter:
    def __init__(self, make: Callable[[], Message]) -> None:
        self.make = make
        self.mid: int | None = None


class Outbox:
    """Each message is made anew when it is sent: its topic and its words depend on that moment."""

    def __init__(self) -> None:
        self.dropped = 0
        """How many were lost because too many were waiting."""
        self._letters: deque[_Letter] = deque()

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, make: Callable[[], Message]) -> None:
        """Keep a message of QoS 1 until it is acknowledged."""
        if len(self._letters) == MOST:
            self._letters.popleft()
            self.dropped += 1
        self._letters.append(_Letter(make))

    def begin(self) -> None:
        """A new connection: nothing of it was sent there yet."""
        for letter in self._letters:
            letter.mid = None

    def flush(self, publish: Callable[[Message], int | None]) -> None:
        """Send what was not sent on this connection; `publish` gives the message's id, None where
        the connection is lost."""
        for letter in self._letters:
            if letter.mid is None:
                letter.mid = publish(letter.make())
                if letter.mid is None:
                    return

    def acknowledged(self, mid: int) -> None:
        """The broker has the message with this id."""
        for letter in self._letters:
            if letter.mid == mid:
                self._letters.remove(letter)
                return
