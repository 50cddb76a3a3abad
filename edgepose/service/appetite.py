"""How much memory a run of the vision process may take, and what happens when it takes more.

Our own check: Raspberry Pi OS boots without the kernel's. What a run needs from its start is no
leak, and a restart would not change it; so the bound is never below that. Judges by numbers alone.
Runs on the daemon's loop; raises nothing.
"""

from typing import Final, Literal

from edgepose.service import proc
from edgepose.service.ended import Ended

Limit = int | Literal["auto"]
"""The config key `health.memory_limit`, in MB."""
LEAST_MB: Final = 256
"""`auto` on the smallest machine."""
SETTLED_S: Final = 5.0
"""After the first answer an engine has what it needs, but for the first person, who was seen to add
1 MB to LiteRT's 304 and 6 MB to MediaPipe's 376: `ROOM` has room for that."""
ROOM: Final = 1.25
"""A run may take so much more than it needs from its start; and a bound is so far exceeded before a
restart does not wait any more for the moment at which nobody is there."""


def limit_mb(limit: Limit) -> int:
    """What `health.memory_limit` says; `auto` takes half of the machine's memory."""
    if limit != "auto":
        return limit
    return max(LEAST_MB, (proc.total_mb() or 0) // 2)


class Appetite:
    """Looks at the memory of one run again and again."""

    def __init__(self) -> None:
        self.warning: str | None = None
        """What a person should know while it goes on as it is."""
        self.too_low: int | None = None
        """The limit that is below what it needs, in MB."""
        self.bound_mb: int | None = None
        """What it may take; None until it has settled."""
        self._answered_ns: int | None = None
        self._needs_mb: int | None = None

    def look(
        self, now_ns: int, received: int, memory_mb: int | None, limit: Limit, *, nobody: bool
    ) -> Ended | None:
        """Why it must end now; None where it may go on.

        `received`: how many observations of this run have come. `nobody`: whether nobody is there
        who would be missed.
        """
        if memory_mb is None or not received:
            return None
        self._answered_ns = self._answered_ns or now_ns
        wanted_mb = limit_mb(limit)
        if self._needs_mb is None:
            if now_ns - self._answered_ns < SETTLED_S * 1e9:
                return None
            self._needs_mb = memory_mb
        self.bound_mb = max(wanted_mb, round(ROOM * self._needs_mb))
        self.warning = self.too_low = None
        if memory_mb > self.bound_mb:
            words = f"takes {memory_mb} MB of memory, more than {self.bound_mb} MB"
            if nobody or memory_mb > ROOM * self.bound_mb:
                return Ended("memory", words)
            self.warning = f"{words}: it is started again when nobody is there"
        elif limit != "auto" and self._needs_mb > wanted_mb:
            # Where nobody has asked for a limit, nobody has to mend it.
            self.too_low = wanted_mb
            self.warning = (
                f"health.memory_limit {wanted_mb} MB is less than it needs"
                f" ({self._needs_mb} MB): {self.bound_mb} MB counts instead; set it to"
                f" {self.bound_mb} or more, or to auto"
            )
        return None
