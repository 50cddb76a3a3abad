"""What frames that come show: from what the vision process says of the view, and whom it finds.

Owns how long people and a frozen picture count. Runs on the daemon's loop; raises nothing. Times
are CLOCK_BOOTTIME.
"""

from typing import Final

from edgepose.messages.page import VIEWS, Page
from edgepose.messages.state import Camera

PEOPLE_NS: Final = 2_000_000_000
"""Where people were found within this time, it is neither dark nor covered."""
FROZEN_NS: Final = 3_000_000_000
"""A camera that is known to be frozen for so long is opened anew, which may help."""


class Outlook:
    """Of one run. `stuck` tells that the picture has been frozen for long, as of the last look, and
    that it `may_thaw` where the source is opened anew."""

    def __init__(self, *, may_thaw: bool) -> None:
        self._may_thaw = may_thaw
        self.stuck = False
        self._people_ns: int | None = None
        self.frozen_from_ns: int | None = None
        """Since when the picture is the same; None where it is not."""

    def people(self, captured_ns: int) -> None:
        """Somebody was found in the frame of this time."""
        self._people_ns = captured_ns

    def look(self, page: Page, before: Camera | None, now_ns: int) -> Camera | None:
        """How the camera is, from which frames come; `before`: how it was. None while the vision
        process has not seen enough of them."""
        view = VIEWS[page["view"]]
        if view != "frozen":
            self.frozen_from_ns = None
        elif self.frozen_from_ns is None:
            self.frozen_from_ns = now_ns
        since_ns = self.frozen_from_ns
        for_long = since_ns is not None and now_ns - since_ns >= FROZEN_NS
        self.stuck = for_long and self._may_thaw
        if view == "unknown":
            # Opened anew, one that was frozen has to show that it is no more.
            return before if before == "frozen" else None
        if view in ("dark", "covered") and self._sees_people(now_ns):
            return "ok"
        return view

    def _sees_people(self, now_ns: int) -> bool:
        return self._people_ns is not None and now_ns - self._people_ns < PEOPLE_NS
