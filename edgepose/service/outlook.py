"""What frames that come show: from what the vision process says of the view, and whom it finds.

Owns how long people and a frozen picture count. Runs on the daemon's loop; raises nothing. Times
are CLOCK_BOOTTIME.
"""

from typing import Final

from edgepose.messages.observation import Observation
from edgepose.messages.page import VIEWS, Page
from edgepose.messages.pose import Person
from edgepose.messages.state import Camera

SURE_NS: Final = 1_000_000_000
"""People who are found for so long are there: what is found once in the noise of a dark picture is
not."""
GAP_NS: Final = 2_000_000_000
"""After so long without them, they have to be found for that long again."""
SURE: Final = 0.5
"""The least confidence (mean presence of a person's landmarks) of such a find."""
PEOPLE_NS: Final = 30_000_000_000
"""For so long after people were found in the dark it is neither dark nor covered, or it would
change with each of their steps."""
FROZEN_NS: Final = 3_000_000_000
"""A camera that is known to be frozen for so long is opened anew, which may help."""

GIVES_NS: Final = 3_000_000_000
"""A camera whose frames come for so long gives some, also where all are the same so far: what a
network camera sends of a still room may be, for half a minute."""


class Outlook:
    """Of one run. `stuck` tells that the picture has been frozen for long, as of the last look, and
    that it `may_thaw` where the source is opened anew."""

    def __init__(self, *, may_thaw: bool) -> None:
        self._may_thaw = may_thaw
        self.stuck = False
        self._found_ns: tuple[int, int] | None = None
        """When people began to be found, and were found last."""
        self._people_ns: int | None = None
        """When people were there last."""
        self._unlit_from_ns: int | None = None
        """Since when it is dark or covered by the pictures alone."""
        self.frozen_from_ns: int | None = None
        """Since when the picture is the same; None where it is not."""
        self._first_ns: int | None = None
        """When the first frame was taken."""

    def see(self, observation: Observation) -> None:
        """Take in whom the engine has found in a frame."""
        if not any(_confidence(person) >= SURE for person in observation.people):
            return
        now_ns = observation.captured_ns
        first_ns, last_ns = self._found_ns or (now_ns, now_ns)
        if now_ns - last_ns > GAP_NS:
            first_ns = now_ns
        self._found_ns = first_ns, now_ns
        if now_ns - first_ns >= SURE_NS:
            self._people_ns = now_ns

    def look(self, page: Page, before: Camera | None, now_ns: int) -> Camera | None:
        """How the camera is, from which frames come; `before`: how it was, which it is while the
        vision process has not seen enough of them."""
        view = VIEWS[page["view"]]
        if view != "frozen":
            self.frozen_from_ns = None
        elif self.frozen_from_ns is None:
            self.frozen_from_ns = now_ns
        since_ns = self.frozen_from_ns
        for_long = since_ns is not None and now_ns - since_ns >= FROZEN_NS
        self.stuck = for_long and self._may_thaw
        self._first_ns = self._first_ns or page["captured_ns"]
        if view == "unknown":
            # Opened anew, one that gave nothing, or the same, has to show that it gives more.
            gives = page["captured_ns"] - self._first_ns >= GIVES_NS
            return None if gives and before != "frozen" else before
        if view not in ("dark", "covered"):
            self._unlit_from_ns = None
            return view
        self._unlit_from_ns = self._unlit_from_ns or now_ns
        return "ok" if self._sees_people(now_ns, self._unlit_from_ns) else view

    def _sees_people(self, now_ns: int, unlit_from_ns: int) -> bool:
        """Whether people are found in what seems to show nothing. Those who were in view until the
        light went out, or the lens was covered, prove nothing: a view is judged some seconds later,
        so whoever was there just before that was seen without light."""
        people_ns = self._people_ns
        if people_ns is None or people_ns <= unlit_from_ns - GAP_NS:
            return False
        return now_ns - people_ns < PEOPLE_NS


def _confidence(person: Person) -> float:
    return sum(landmark.presence for landmark in person.landmarks) / len(person.landmarks)
