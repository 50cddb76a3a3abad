"""When to try again, and with which version of MQTT.

Owns the delays and what is known of the broker's version. Pure but for chance.
"""

import random
from typing import Final, Literal

from edgepose.mqtt.settings import Failure, ProtocolVersion

_DELAYS_S: Final = (0.5, 1.0, 2.0, 3.0)
"""Before the next attempt while nobody answers; the last one for ever: it is cheap and a broker
that comes back is found at once."""
_REFUSED_DELAYS_S: Final = (5.0, 10.0, 20.0, 30.0)
"""A broker that refuses us will do so until somebody changes something."""
SETTLED_S: Final = 30.0
"""A connection that lasted this long makes the delays forget."""


class Backoff:
    """`version` is that of the next attempt."""

    def __init__(self, wanted: Literal["auto", "5", "3.1.1"]) -> None:
        self._wanted = wanted
        # "auto" tries 5 first and goes back to it, unless the broker said that it has no 5.
        self.version: ProtocolVersion = "3.1.1" if wanted == "3.1.1" else "5"
        self._broker_has_5: bool | None = None
        self._failures = 0

    def connected(self) -> None:
        """The broker has let us in with `version`."""
        if self.version == "5":
            self._broker_has_5 = True

    def after(self, failure: Failure, lasted_s: float) -> float:
        """Seconds to wait before the next attempt; the last one took `lasted_s`."""
        before = self.version
        failures = 0 if lasted_s > SETTLED_S else self._failures
        self._failures = failures + 1
        if self._wanted == "auto":
            self._choose_version(failure)
        if (before, self.version) == ("5", "3.1.1"):
            return 0.0
        slow = failure in (Failure.REFUSED, Failure.TAKEN)
        delays = _REFUSED_DELAYS_S if slow else _DELAYS_S
        # Jitter: a house full of devices must not come back in one moment.
        return delays[min(failures, len(delays) - 1)] * random.uniform(0.75, 1.25)

    def _choose_version(self, failure: Failure) -> None:
        if failure is Failure.UNSUPPORTED_VERSION:
            self.version, self._broker_has_5 = "3.1.1", False
        elif failure is Failure.CLOSED_EARLY or (
            failure is Failure.UNANSWERED and not self._broker_has_5
        ):
            # Some brokers answer an unknown version by hanging up, some by silence. A broker
            # that is known to have 5 is silent because it has stopped.
            self.version = "3.1.1" if self.version == "5" else "5"
        elif failure is Failure.LOST and self._broker_has_5 is not False:
            self.version = "5"
