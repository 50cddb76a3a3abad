"""What the journal is told of the connection: each trouble once in an outage, whatever its turn.

The first is a warning, and whatever follows it is for who wants to know more.

A broker that is away for a night fails in several ways by turns, and one that lets us in and ends
it again does so every few seconds. Neither fills the journal: what goes on is in `/health` and in
STATUS. Owns what was told. Runs on the loop.
"""

import logging
import time
from collections.abc import Callable
from typing import Final

from edgepose.mqtt.backoff import SETTLED_S

MOST: Final = 5
"""Different troubles that are told of one outage."""

log = logging.getLogger(__name__)


class Outage:
    """From the first trouble until a connection has held for a while.

    `clock` gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: set[str] = set()
        # Whether what was told last, if anything, was no connection.
        self._away = True
        self._lost_at: float | None = None
        self._held_since = 0.0
        self._again = 0

    def trouble(self, words: str) -> None:
        """There is no connection, and why."""
        now = self._clock()
        if self._lost_at is None:
            self._lost_at = now
        # The last word is not to be that it is connected, when it is not.
        lasting = not self._away and now - self._lost_at > SETTLED_S
        if not lasting and (words in self._told or len(self._told) >= MOST):
            log.debug("MQTT %s", words)
            return
        level = logging.INFO if self._away and self._told else logging.WARNING
        self._told.add(words)
        self._away = True
        more = "" if len(self._told) < MOST else "; more reasons are not told here until it holds"
        log.log(level, "MQTT %s; edgepose keeps trying%s", words, more)

    def connected(self, words: str) -> None:
        """There is a connection, which may not hold."""
        if not self._away:
            self._again += 1
        log.log(logging.INFO if self._away else logging.DEBUG, "MQTT %s", words)
        self._away, self._lost_at = False, None
        self._held_since = self._clock()

    def held(self, words: str) -> None:
        """There still is one. Call it now and then."""
        if self._clock() - self._held_since <= SETTLED_S:
            return
        if self._again:
            log.info("MQTT %s; before it held it was lost %d times more", words, self._again)
        self._told.clear()
        self._again = 0
