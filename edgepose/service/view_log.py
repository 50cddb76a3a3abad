"""What the journal is told of a camera that gives frames and shows nothing, and of its end.

Owns what was told. The same is told at most every ten minutes, however often it comes and goes;
what lasts is told when they are over. Runs on the daemon's loop; raises nothing.
"""

import logging
from typing import Final

from edgepose.messages.state import Camera

AGAIN_NS: Final = 600_000_000_000
"""Between two lines that say the same trouble."""
_TROUBLES: Final[dict[Camera | None, tuple[int, str]]] = {
    "dark": (logging.INFO, "it is dark: nobody can be seen"),
    "covered": (
        logging.WARNING,
        "camera covered: nothing can be seen: a cap, a hand, a cloth?",
    ),
    "frozen": (logging.WARNING, "camera frozen: it gives the same picture again and again"),
}
"""Each with its level: dark is no fault."""

log = logging.getLogger(__name__)


class ViewLog:
    """Is told how the camera is, again and again, while frames come."""

    def __init__(self) -> None:
        self._from_ns: int | None = None
        """Since when nothing is seen."""
        self._now: Camera | None = None
        self._told: Camera | None = None
        """What the journal believes; None: that it sees."""
        self._told_ns: dict[Camera, int] = {}

    def look(self, camera: Camera | None, now_ns: int) -> None:
        """The camera is so at this moment, CLOCK_BOOTTIME."""
        before, self._now = self._now, camera
        if camera in _TROUBLES:
            assert camera is not None
            self._from_ns = self._from_ns or now_ns
            if camera == self._told:
                return
            told_ns = self._told_ns.get(camera)
            level, words = _TROUBLES[camera]
            if told_ns is None or now_ns - told_ns >= AGAIN_NS:
                self._told, self._told_ns[camera] = camera, now_ns
                log.log(level, "%s", words)
            elif camera != before:
                log.debug("%s", words)
        elif camera == "ok" and self._from_ns is not None:
            lasted_s, self._from_ns = (now_ns - self._from_ns) / 1e9, None
            level = logging.DEBUG if self._told is None else logging.INFO
            self._told = None
            log.log(level, "the camera sees again, after %s", _duration(lasted_s))


def _duration(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
