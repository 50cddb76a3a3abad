"""What is known of the camera, from what the runs of the vision process say and show.

Owns no process and judges none. Runs on the daemon's loop; raises nothing.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from edgepose.messages.page import Page
from edgepose.messages.report import Cause
from edgepose.messages.state import Camera
from edgepose.service.clock import boottime_ns
from edgepose.service.ended import Ended
from edgepose.service.outlook import Outlook
from edgepose.service.view_log import ViewLog

_AFTER: Final[Mapping[Cause, Camera]] = {
    "camera_refused": "missing",
    "capture_stalled": "stalled",
}
"""One that was open has stopped; one that was never open is not there."""

log = logging.getLogger(__name__)


class Sight:
    """`changed` is called when something that health tells has changed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.camera: Camera | None = None
        """None while nothing is known: no frame came yet."""
        self.source: Mapping[str, Any] = {}
        """What the running camera says of itself: model, format, sensor mode."""
        self._changed = changed
        self._outlook = Outlook(may_thaw=False)
        self._shared: tuple[int, int] | None = None
        self._view_log = ViewLog()

    @property
    def seeing(self) -> bool:
        """Whether frames come and show the room."""
        return self.camera == "ok"

    @property
    def obscured(self) -> bool:
        """Whether frames come and show nothing of the room."""
        return self.camera in ("dark", "covered", "frozen")

    @property
    def blind(self) -> bool:
        """Whether the camera is known to give nothing."""
        return self.camera in ("missing", "stalled")

    def _begin_run(self, *, is_camera: bool) -> None:
        # A film would show the same again.
        self._outlook = Outlook(may_thaw=is_camera)

    def _opened(self, detail: Mapping[str, Any]) -> None:
        """A run is ready, and tells this of camera and engine."""
        self.source = detail.get("source", {})
        shared = detail["workers"], detail["threads"]
        # Once: one that stalls again and again is ready as often.
        level = logging.DEBUG if shared == self._shared else logging.INFO
        log.log(level, "vision process: workers: %d, threads of each: %d", *shared)
        self._shared = shared
        self._changed()

    def _look_at_view(self, page: Page) -> None:
        """Frames come: what they show."""
        now_ns = boottime_ns()
        self._set_camera(self._outlook.look(page, self.camera, now_ns))
        self._view_log.look(self.camera, now_ns)

    def _camera_after(self, end: Ended) -> None:
        """What it tells of the camera that a run ends so."""
        if (known := _AFTER.get(end.cause)) is not None:
            self._set_camera(known)
        elif end.cause != "start_refused" or not self.blind:
            # One that was not tried is what it was.
            self._unknown()

    def _unknown(self) -> None:
        """Nothing is known of it until frames come again. One that was frozen has to show that it
        is no more."""
        if self.camera != "frozen":
            self._set_camera(None)

    def _set_camera(self, camera: Camera | None) -> None:
        if camera != self.camera:
            self.camera = camera
            self._changed()
