"""What the room looks like, remembered, and whether a picture shows it, is dark, or is covered.

Owns what is known of each single picture; how long it must last to be said belongs to `view`. Runs
on the capture thread; raises nothing. Levels are grey levels of 255, times are seconds.

Two things are remembered of the lit room, as slow averages: its structure, that is what is left of
a glance when its own blur is taken away, and how light each part of it is.

- Dark: most of the picture is near black, or there is too little light to show the room. Lights
  that go out dim all of it alike. A cap comes from one side: the edge of what is black moves, and
  the rest is as light as before. What is dark after that is covered, and so is what is dark after
  a second of light without the room.
- Covered: light enough, but of the room's structure next to nothing is left, no more than a cover
  could have. What is close to a lens is out of focus, and has none.

What a mask hides is left out of all of this, with what lies so near it that a blur would see it;
where no more than that is left, nothing is said to be covered.

In doubt it is dark, or ok: nobody looks after the device, and a cover that is missed does less harm
than an alarm for ever. Not told apart, because the pictures are the same:

- From lights off: a cap that is on within two looks, that stops on its way, or that was on from the
  beginning; what covers the lens in the dark, until it is light.
- From a cap: lamps that go out one right after the other, from one side.
- From a cover: a camera that was turned to a blank wall or is steamed up or blinded, for as long
  as that lasts, and one that was turned to a faint view, for `NEW_S`; somebody whose plain shirt
  fills the picture.
- From the room: a cover in a room of next to no structure, one that takes minutes to come, and one
  with structure of its own (a cloth at a distance, fingers with bright light between them), at
  once or, where that is faint, after `NEW_S`.
"""

from math import exp
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.glance import Glance
from edgepose.vision.known import ALL, Known

Shown = Literal["ok", "dark", "covered"]
_Levels = npt.NDArray[np.float32]

DARK: Final = 18
"""Below this level a part is dark: the noise of a sensor at its highest gain stays below it."""
LIT_AGAIN: Final = 24
LIT_SHARE: Final = 0.2
"""Dark is where less of the picture is lit than this: a monitor's glow lights up less."""
NIGHT: Final = 60.0
"""What has no structure after a darkness, and is no lighter in the mean than this, is still dark:
a camera turns up its gain then, and its noise with it."""
STRUCTURE: Final = 2.5
"""Less structure than this in a room is too little to miss, and more than this no cover has."""
FLAT: Final = 1.2
"""Less than this is none, whatever the light: it may be noise, or the slope of a shade."""
LEFT: Final = 0.35
"""Of the room's structure; if less is left, it is gone."""
BLUR: Final = (15, 15)
_INNER: Final = np.s_[BLUR[1] // 2 : -(BLUR[1] // 2), BLUR[0] // 2 : -(BLUR[0] // 2)]
"""At the edge the blur knows one side only, and makes structure of a mere slope."""
FINE: Final = 0.4
FINE_BLUR: Final = (7, 7)
"""What has been averaged for long has little noise, so that edges can be told from the shades that
a cover has: a blank room of a contrast of 2 has 0.6 of them, light that leaks in beside a hand up
to 0.13."""
_FINE_INNER: Final = np.s_[3:-3, 3:-3]
HIDES_S: Final = 1.0
"""What shows nothing of the room for so long and then gets dark was covered, and still is."""
TORCH_S: Final = 30.0
"""The same after a darkness, where a torch or the lights of a car blind the camera for seconds."""
NEW_S: Final = 600.0
"""Other edges than the room's, were they faint, are the room after so long without a break."""
PARTS: Final = (40, 30)
BLACKENED: Final = 0.25
UNCHANGED: Final = 0.6
"""How light a part is, of what it was: covered by a cap below the one, not covered above the
other."""
MOVES: Final = 0.01
"""Of the picture, from one look to the next; less is noise."""
STANDS_S: Final = 0.2
"""An edge that does not move for so long is none of a cap, which may take a few seconds."""
NOW_S: Final = 0.4
"""For the average of the newest pictures, which takes most of the noise away."""
LEARN_S: Final = 20.0
"""For the average that is the room: it follows the sun, and a person in it leaves little."""
SETTLE_S: Final = 5.0
"""The first seconds of light: the exposure is still being found."""
GROW_S: Final = 1800.0
"""What the room has at least grows so slowly: somebody who sat still before a blank wall leaves."""


FEWEST: Final = 100
"""Cells whose structure is known; of fewer it is not judged."""


class _Sharp:
    """The part of a field of structure in which it is known."""

    def __init__(self, cells: npt.NDArray[np.bool_]) -> None:
        self.count = int(np.count_nonzero(cells))
        # All or nothing: the mean of a few is their noise.
        self._cells = (cells if self.count >= FEWEST else np.zeros_like(cells)).astype(np.float32)

    def of(self, field: _Levels) -> _Levels:
        """The field, with 0 where it is not known."""
        return field * self._cells

    def mean(self, one: _Levels, other: _Levels) -> float:
        """The mean of the product of two such fields."""
        return float(np.vdot(one, other)) / max(1, self.count)

    def strength(self, field: _Levels) -> float:
        """Root mean square, grey levels."""
        return float(np.sqrt(self.mean(field, field)))


class _Areas:
    """What is known of the fields that are made of a glance."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.sharp = _Sharp(known.within(BLUR)[_INNER])
        self.fine = _Sharp(known.within(BLUR, FINE_BLUR)[_INNER][_FINE_INNER])
        parts = cv2.resize(known.cells.astype(np.float32), PARTS, interpolation=cv2.INTER_AREA)
        self.parts = parts >= 1
        self.parts_count = max(1, int(np.count_nonzero(self.parts)))

    def light(self, light: _Levels) -> float:
        """The mean light of the parts that are known."""
        return float(np.vdot(light, self.parts)) / self.parts_count


class Room:
    """Remembers the room and compares each picture with it."""

    def __init__(self) -> None:
        self._areas = _Areas(ALL)
        self._now: _Levels | None = None
        self._structure: _Levels | None = None
        self._light: _Levels | None = None
        self._least = 0.0
        self._learned_s = 0.0
        self._dark = False
        self._hidden = False
        self._night = False
        self._gone_s = 0.0
        self._other: _Levels | None = None
        self._other_s = 0.0
        self._black = 0.0
        self._stands_s = 0.0
        self._half_covered = 0

    def look(self, glance: Glance, seconds: float, known: Known = ALL) -> Shown:
        """What this picture shows, `seconds` after the one before; of it this is `known`."""
        if known is not self._areas.known:
            self._areas = _Areas(known)
        levels = glance.astype(np.float32)
        blurred = (cv2.blur(levels, (3, 3)) - cv2.blur(levels, BLUR))[_INNER]
        self._now = _nearer(self._now, self._areas.sharp.of(blurred), seconds, NOW_S)
        light: _Levels = cv2.resize(levels, PARTS, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        lit = np.count_nonzero((glance >= (LIT_AGAIN if self._dark else DARK)) & known.cells)
        self._dark = bool(lit < LIT_SHARE * known.count)
        if self._dark:
            return self._unlit()
        shows = self._without_room(self._now, self._areas.light(light))
        if shows == "dark":
            return self._unlit()
        if shows == "covered" and not self._is_new(self._now, light, seconds):
            self._gone_s += seconds
            self._hidden = self._hidden or self._gone_s >= (TORCH_S if self._night else HIDES_S)
            return "covered"
        self._sweep(light, seconds)
        self._hidden = self._night = False
        self._forget_other()
        self._learn(self._now, light, seconds)
        return "ok"

    def _unlit(self) -> Shown:
        """Of a picture in which there is too little light to see anything."""
        self._forget_other()
        self._hidden = self._hidden or self._swept()
        self._night = not self._hidden
        return "covered" if self._hidden else "dark"

    def _without_room(self, now: _Levels, light: float) -> Shown:
        """What a picture shows that has some light: ok unless nothing of the room is in it."""
        if self._structure is None or self._light is None or self._least < STRUCTURE:
            return "ok"
        dimmed = min(1.0, light / max(1.0, self._areas.light(self._light)))
        sharp = self._areas.sharp
        there = sharp.strength(self._structure)
        expected = LEFT * dimmed * there
        if sharp.strength(now) >= max(FLAT, min(STRUCTURE, expected)):
            return "ok"
        # Noise has nothing in common with the room, however strong it is.
        common = sharp.mean(now, self._structure) / there**2
        if common >= LEFT * dimmed:
            return "ok"
        return "dark" if expected < FLAT or (self._night and light < NIGHT) else "covered"

    def _is_new(self, now: _Levels, light: _Levels, seconds: float) -> bool:
        """Whether what is there instead of the room has been there for so long that it is the room
        by now: a cover may have shades, but no edges."""
        self._other = _nearer(self._other, now, seconds, LEARN_S)
        edges = (self._other - cv2.blur(self._other, FINE_BLUR))[_FINE_INNER]
        fine = self._areas.fine.of(edges)
        has_edges = self._areas.fine.strength(fine) >= FINE
        self._other_s = self._other_s + seconds if has_edges else 0.0
        if self._other_s < NEW_S:
            return False
        self._structure, self._light = self._other, light
        self._least = self._areas.sharp.strength(self._other)
        return True

    def _forget_other(self) -> None:
        self._gone_s = self._other_s = 0.0
        self._other = None

    def _sweep(self, light: _Levels, seconds: float) -> None:
        """Follow an edge of black that moves over the picture."""
        if self._light is None:
            return
        known = (self._light >= DARK) & self._areas.parts
        if np.count_nonzero(known) < max(1, self._areas.parts_count // 4):
            return
        left = light[known] / self._light[known]
        before, self._black = self._black, float(np.mean(left < BLACKENED))
        if self._black < 0.45:
            self._half_covered = 0
            return
        # The border of what a lamp lights stands still, until that goes out as well.
        self._stands_s = 0.0 if self._black > before + MOVES else self._stands_s + seconds
        if self._stands_s > STANDS_S:
            self._half_covered = 0
        # In between there is little: a light's edge is softer than a cap's.
        same = float(np.mean(left > UNCHANGED))
        if same >= 0.1 and self._black + same >= 0.65:
            self._half_covered += 1

    def _swept(self) -> bool:
        swept = self._half_covered >= 2
        self._black, self._half_covered = 0.0, 0
        return swept

    def _learn(self, now: _Levels, light: _Levels, seconds: float) -> None:
        self._learned_s += seconds
        # At first the mean of all, else the first picture would weigh too much.
        slowness_s = min(LEARN_S, self._learned_s)
        self._structure = _nearer(self._structure, now, seconds, slowness_s)
        self._light = _nearer(self._light, light, seconds, slowness_s)
        there = self._areas.sharp.strength(self._structure)
        grows = there > self._least and self._learned_s > SETTLE_S
        self._least += (there - self._least) * _weight(seconds, GROW_S if grows else slowness_s)


def _weight(seconds: float, slowness_s: float) -> float:
    """How much of the newest goes into an average, `seconds` after the one before."""
    return 1.0 - exp(-seconds / slowness_s) if slowness_s > 0 else 1.0


def _nearer(mean: _Levels | None, newest: _Levels, seconds: float, slowness_s: float) -> _Levels:
    """The average, with the newest in it."""
    if mean is None:
        return newest
    return cv2.addWeighted(mean, 1.0 - (w := _weight(seconds, slowness_s)), newest, w, 0.0)  # type: ignore[return-value]
