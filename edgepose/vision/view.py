"""What is in view, judged from one look to the next: ok, dark, covered or frozen.

Owns how long something must last before it counts; what a single picture shows is known to `room`.
Runs on the capture thread; raises nothing. All times are those of the frames, CLOCK_BOOTTIME.

Frozen is what gives the same picture to the last bit: the noise of a sensor makes that impossible,
so it is judged only for sources that live. A picture that is all black or all white says nothing
there, for its noise may be cut off. It is judged by the picture as the camera gave it, before any
mask: a film may stand still in the part that is left. Nothing else is.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from edgepose.messages.page import View
from edgepose.vision.frame import Image
from edgepose.vision.glance import Glance
from edgepose.vision.known import ALL, Known
from edgepose.vision.room import Room

HOLDS_S: Final[dict[View, float]] = {"ok": 1.0, "dark": 7.0, "covered": 6.0, "frozen": 0.0}
"""How long it must hold. A hand that passes, a flash and the dark scenes of a film on a television
are shorter; and it must be said within 10 s, of a light that fades for 2 s, too."""
BEGIN_S: Final = 2.0
"""For dark, where nothing is known yet: a camera finds its exposure first."""
FROZEN_S: Final = 5.0
STREAM_FROZEN_S: Final = 60.0
"""For what was coded on its way: where nothing moves, a coder may send nothing new until it sends a
picture whole again, which some do only every half minute."""
STIRS: Final = 0.1
"""A frozen picture that is the same for this part of that time again is still frozen."""
REPEATS: Final = 5
"""So many times at least it must be the same: frames may be rare."""
STEP_S: Final = 1.0
"""A longer way from one look to the next counts as this much: nobody looked."""
SAMPLE: Final = 97
"""Every so many-th byte of a picture is compared. A prime, so that all columns and colours are:
a colour that the light lacks is 0 in each picture."""
TELLING: Final = 0.02
"""Where less of the picture is neither black nor white than this, noise need not show."""


class Judge:
    """Looks at one frame after the other. `lives`: that of the source; `frozen_s`: for so long it
    must give the same picture."""

    def __init__(self, *, lives: bool, frozen_s: float = FROZEN_S) -> None:
        self.view: View = "unknown"
        self._lives = lives
        self._frozen_s, self._stirs_s = frozen_s, STIRS * frozen_s
        self._room = Room()
        self._before: npt.NDArray[np.uint8] | None = None
        self._before_ns: int | None = None
        self._same_s = 0.0
        self._repeats = 0
        self._next: View = "unknown"
        self._held_s = 0.0

    @property
    def suspects(self) -> bool:
        """Whether the newest picture seems to show nothing, be it judged already or not: the daemon
        may wait a little longer than we do, for people who were found in it."""
        stands = self._lives and self._same_s >= self._stirs_s
        return self.view != "unknown" and (stands or self._next in ("dark", "covered", "frozen"))

    def look(self, image: Image, glance: Glance, captured_ns: int, known: Known = ALL) -> View:
        """What is in view by now. `image` is as the camera gave it, `glance` was taken behind the
        mask, and of it this is `known`."""
        before_ns, self._before_ns = self._before_ns, captured_ns
        # The stamps of a camera may go back.
        seconds = 0.0 if before_ns is None else max(0.0, (captured_ns - before_ns) / 1e9)
        seconds = min(seconds, STEP_S)
        shows = self._shows(image, glance, seconds, known)
        if shows != self._next:
            self._next, self._held_s = shows, 0.0
        else:
            self._held_s += seconds
        if self._held_s >= self._holds_s(shows):
            self.view = shows
        return self.view

    def _holds_s(self, shows: View) -> float:
        if self.view != "unknown":
            return HOLDS_S.get(shows, 0.0)
        return BEGIN_S if shows == "dark" else 0.0

    def _shows(self, image: Image, glance: Glance, seconds: float, known: Known) -> View:
        if self._lives and self._before is None:
            # Two pictures must differ before one is believed.
            self._is_same(image, glance, seconds)
            return "unknown"
        if self._lives and self._is_same(image, glance, seconds):
            if self._same_s >= self._frozen_s and self._repeats >= REPEATS:
                return "frozen"
            if self.view == "frozen" and self._same_s >= self._stirs_s:
                return "frozen"
            # Nothing new to see: what it showed before, it shows.
            return self._next
        return self._room.look(glance, seconds, known)

    def _is_same(self, image: Image, glance: Glance, seconds: float) -> bool:
        """Whether it is the picture before, to the last bit, where that says something."""
        sample = image.reshape(-1)[::SAMPLE].copy()
        before, self._before = self._before, sample
        same = before is not None and np.array_equal(before, sample) and _tells(glance)
        self._same_s = self._same_s + seconds if same else 0.0
        self._repeats = self._repeats + 1 if same else 0
        return same


def _tells(glance: Glance) -> bool:
    """Whether a sensor's noise would show: not where all is black or white."""
    return bool(np.count_nonzero((glance > 2) & (glance < 253)) >= TELLING * glance.size)
