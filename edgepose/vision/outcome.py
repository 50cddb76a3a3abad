"""How the vision process ends: one event for the daemon, one exit code.

Called by the capture thread and the worker thread as each of them ends.
"""

from edgepose.errors import EX_SOFTWARE, UserError
from edgepose.messages.observation import Event
from edgepose.vision.engines import EngineLost
from edgepose.vision.frame import Frame
from edgepose.vision.link import Link
from edgepose.vision.slot import Slot


class Outcome:
    """Turns the ends of the two threads into one event and one exit code."""

    def __init__(self, link: Link, slot: Slot[Frame]) -> None:
        self._link = link
        self._slot = slot
        self._camera_error: Exception | None = None
        self.code = 0

    def camera_ended(self, error: Exception | None) -> None:
        """Remember why. The worker may still have the last frame in its hands."""
        self._camera_error = error
        self._slot.close()

    def engine_ended(self, error: Exception | None) -> None:
        """The worker has finished: tell the daemon what ended."""
        if error is not None:
            self._fail("engine", error)
        elif self._camera_error is not None:
            self._fail("camera", self._camera_error)
        else:
            self._link.tell(Event("ended"))

    def _fail(self, part: str, error: Exception) -> None:
        self.code = error.exit_code if isinstance(error, UserError) else EX_SOFTWARE
        expected = isinstance(error, UserError | EngineLost)
        message = str(error) if expected else f"{type(error).__name__}: {error}"
        self._link.tell(Event("failed", {"part": part, "message": message}))
        self._link.interrupt()
