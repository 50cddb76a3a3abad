"""How the vision process ends: one event for the daemon, one exit code.

Called by the capture thread and the worker threads as each of them ends, and by the main thread
when time is up.
"""

import threading

from edgepose.errors import EX_SOFTWARE, UserError
from edgepose.messages.observation import Event
from edgepose.vision.engines import EngineLost
from edgepose.vision.frame import Frame
from edgepose.vision.link import Link
from edgepose.vision.slot import Slot


class Outcome:
    """Turns the ends of the capture thread and of `workers` threads into one event and one exit
    code. The first error counts, an engine's before the camera's."""

    def __init__(self, link: Link, slot: Slot[Frame], workers: int) -> None:
        self._link = link
        self._slot = slot
        self._left = workers
        self._lock = threading.Lock()
        self._camera_error: Exception | None = None
        self._engine_error: Exception | None = None
        self._told = False
        self.code = 0

    def camera_ended(self, error: Exception | None) -> None:
        """Remember why. The workers may still have the last frames in their hands."""
        self._camera_error = error
        self._slot.close()

    def worker_ended(self, error: Exception | None) -> None:
        """A worker has finished. The last one tells the daemon what ended.

        One that has lost its engine makes the process end; what the others have in their hands
        they may still bring to its end.
        """
        with self._lock:
            self._engine_error = self._engine_error or error
            self._left -= 1
            last = self._left == 0
            if last:
                self._tell()
        if error is not None or (last and self._camera_error is not None):
            self._link.interrupt()

    def conclude(self) -> int:
        """Tell the daemon what ended, if a worker that hangs has kept that from being told, and
        give the exit code."""
        with self._lock:
            if self._engine_error is not None or self._camera_error is not None:
                self._tell()
        return self.code

    def _tell(self) -> None:
        if self._told:
            return
        self._told = True
        if self._engine_error is not None:
            self._fail("engine", self._engine_error)
        elif self._camera_error is not None:
            self._fail("camera", self._camera_error)
        else:
            self._link.tell(Event("ended"))

    def _fail(self, part: str, error: Exception) -> None:
        self.code = error.exit_code if isinstance(error, UserError) else EX_SOFTWARE
        expected = isinstance(error, UserError | EngineLost)
        message = str(error) if expected else f"{type(error).__name__}: {error}"
        self._link.tell(Event("failed", {"part": part, "message": message}))
