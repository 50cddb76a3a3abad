"""The ends of the vision process that nobody asked for: counted, said, and how long to wait then.

Runs on the daemon's loop; raises nothing.
"""

import logging
from typing import Final

from edgepose.messages.report import Cause
from edgepose.service.clock import boottime_ns
from edgepose.service.ended import Ended
from edgepose.service.wish import Wish

DELAYS_S: Final = (0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""One after the other, the last one for ever: at once after a first failure, and a second one."""
FORGET_S: Final = 60.0
"""Each so long that a run works takes one failure back: whoever can work is let work, and what dies
every few seconds is not started as often."""

REFUSED_S: Final = 300.0
"""Where a camera does not take a password: many shut out who tries a wrong one again and again."""
DOOMED_S: Final = 600.0
"""Where a person has to mend it, as far as we know: what was taken for that may pass as well."""

log = logging.getLogger(__name__)


class Ends:
    """What `/health` tells of restarts, since the daemon started.

    An episode begins with a failure, and ends when all are taken back.
    """

    def __init__(self) -> None:
        self.restarts = 0
        self.causes: dict[str, int] = {}
        """How often for each cause it was started again."""
        self.last: str | None = None
        """Why the last time, for people."""
        self._failures = 0.0
        self._episode = 0
        """How many ends it has had so far."""
        self._said: set[Cause] = set()
        """In this episode."""
        self._ended_ns = 0
        self._frozen = False
        """Whether it ended for a picture that stands still; an answer does not mend that."""
        self._answered = False
        """Whether the journal was told, in this episode, that it works again."""

    def note(self, wish: Wish, end: Ended, worked_s: float) -> float:
        """A run for `wish` has ended that worked so long. Seconds to wait before the next one."""
        self.works(worked_s)
        self._failures = max(0.0, self._failures - worked_s / FORGET_S)
        delay_s = DELAYS_S[min(int(self._failures), len(DELAYS_S) - 1)]
        # No more than count, so that forgetting does not take for ever.
        self._failures = min(self._failures + 1, len(DELAYS_S))
        self.restarts += 1
        self._episode += 1
        self.causes[end.cause] = self.causes.get(end.cause, 0) + 1
        self.last = end.words
        # An error once; the same again and again is for who asks, and what nothing but a person
        # can mend is said by whoever wished for it.
        doomed = wish.hopeless
        if doomed:
            delay_s = DOOMED_S
        elif end.refused:
            delay_s = REFUSED_S
        # But the last word is not to be that it works again, when it does not.
        quiet = doomed or (end.cause in self._said and not self._answered)
        self._said.add(end.cause)
        self._ended_ns, self._answered = boottime_ns(), False
        self._frozen = end.cause == "picture_frozen"
        when = f"in {delay_s:g} s" if delay_s else "now"
        level = logging.DEBUG if quiet else logging.ERROR
        again = f"it is started again {when}"
        log.log(level, "vision process: %s; %s", end.words, again)
        return delay_s

    def answers(self) -> None:
        """The run that goes on has answered. Says so after the first failure of an episode: one
        that dies again and again has to work for longer before that is said."""
        if self._episode == 1 and not self._answered and not self._frozen:
            self._answered = True
            lasted_s = (boottime_ns() - self._ended_ns) / 1e9
            log.info("vision process: works again after %.1f s", lasted_s)

    def works(self, worked_s: float) -> None:
        """The run that goes on has worked so long. Says once that it is well again."""
        if self._episode and worked_s >= self._failures * FORGET_S:
            if not self._answered:
                times = "1 restart" if self._episode == 1 else f"{self._episode} restarts"
                log.info("vision process: works again after %s", times)
            self.forget()

    def forget(self) -> None:
        """Whatever failed is over: the delays begin anew."""
        self._failures = 0.0
        self._episode = 0
        self._said.clear()
        self._answered = False
