"""The run of the vision process that goes on, if one does: what is told of it, and what it is told.

Neither starts one nor ends it. Runs on the daemon's loop; raises nothing.
"""

import logging

from edgepose.messages.control import Command, SetRate
from edgepose.service.appetite import Limit, limit_mb
from edgepose.service.ended import Ended
from edgepose.service.vision_run import VisionRun
from edgepose.service.vitals import Vitals

log = logging.getLogger(__name__)


class Running:
    """`_run` and its `_vitals` are set by whoever starts one, and by whoever has seen its end."""

    def __init__(self) -> None:
        self.memory_limit: Limit = "auto"
        """What the process may take; may be set at any time."""
        self._run: VisionRun | None = None
        self._vitals: Vitals | None = None
        self._rate: SetRate | None = None
        self._too_low: int | None = None
        """The limit of memory that the journal was told is too low."""

    @property
    def pid(self) -> int | None:
        """Process id while there is one."""
        return self._run.pid if self._run else None

    @property
    def opening(self) -> bool:
        """Whether there is a process from which no answer has come yet."""
        return self._run is not None and not self._run.received

    @property
    def last_frame_ns(self) -> int:
        """CLOCK_BOOTTIME of this run's newest frame, 0 before it."""
        return self._run.page["captured_ns"] if self._run else 0

    @property
    def suspect_ns(self) -> int:
        """CLOCK_BOOTTIME of this run's newest frame that may show nothing of the room, 0 before it:
        in it, and before, somebody unseen may be there."""
        return self._run.page["suspect_ns"] if self._run else 0

    @property
    def aim(self) -> float | None:
        """Frames a second that are aimed at now; None where nobody knows or all are taken."""
        return self._run.page["aim_mhz"] / 1000 or None if self._run else None

    @property
    def memory_mb(self) -> int | None:
        """What the process takes, and ffmpeg with it."""
        return self._run.memory_mb if self._run else None

    @property
    def memory_bound_mb(self) -> int:
        """What they may take before it is started anew."""
        bound_mb = self._vitals.appetite.bound_mb if self._vitals else None
        return bound_mb or limit_mb(self.memory_limit)

    @property
    def warning(self) -> str | None:
        """What a person should know of it while it works."""
        return self._vitals.appetite.warning if self._vitals else None

    def _look_at_memory(
        self, run: VisionRun, vitals: Vitals, now_ns: int, *, nobody: bool
    ) -> Ended | None:
        """Why it must end now for what it takes; None where it may go on."""
        appetite = vitals.appetite
        ended = appetite.look(now_ns, run.received, run.memory_mb, self.memory_limit, nobody=nobody)
        if appetite.too_low is not None and appetite.too_low != self._too_low:
            # Once for each limit, and not for each run.
            self._too_low = appetite.too_low
            log.warning("vision process: %s", appetite.warning)
        return ended

    def set_rate(self, rate: SetRate) -> None:
        """Go at this rate, now and after each start."""
        self._rate = rate
        self._command(rate)

    def _command(self, command: Command) -> None:
        """Send it to the process, if there is one."""
        if self._run is not None:
            self._run.send(command)
