"""What the room looks like, remembered, and whether a picture shows it, is dark, or is covered.

Owns what is known of each single picture; how long it must last to be said belongs to `view`. Runs
on the capture thread; raises nothing. Levels are grey levels of 255, times are seconds.

Two things are remembered of the lit room, as slow averages: its structure, that is what is left of
a glance when its own blur is taken away, and how light each part of it is.

- Dark: most of the picture is near black. Lights that go out dim all of it alike. A cap comes from
  one side: for some looks a part is black while the rest is as light as before, and what is dark
  after that is covered.
- Covered: light enough, but of the room's structure next to nothing is left, in proportion to the
  light, and no other has come instead. What is close to a lens is out of focus, and has none.

What cannot be told apart, because the pictures are the same: a cap that is on within two looks, or
that was on from the beginning, from lights off; lamps that go out one after the other from one
side, within seconds, from a cap; a camera that was turned to a blank wall, blinded by light or
steamed up, from a covered one; in a room that has next to no structure, a cover from the wall.
What takes minutes to come over the lens is taken for the room.
"""

from math import exp
from typing import Final, Literal

import cv2
import numpy as np
import numpy.typing as npt

from edgepose.vision.glance import Glance

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
"""Less structure than this in a room is too little to miss."""
FLAT: Final = 1.2
"""Less than this is none, whatever the light: it may be noise."""
LEFT: Final = 0.35
"""Of the room's structure; if less is left, it is gone."""
BLUR: Final = (15, 15)
_INNER: Final = np.s_[BLUR[1] // 2 : -(BLUR[1] // 2), BLUR[0] // 2 : -(BLUR[0] // 2)]
"""At the edge the blur knows one side only, and makes structure of a mere slope."""
PARTS: Final = (16, 12)
BLACKENED: Final = 0.25
UNCHANGED: Final = 0.6
"""How light a part is, of what it was: covered by a cap below the one, not covered above the
other."""
SWEEP_S: Final = 3.0
"""A cap is put on within this time."""
NOW_S: Final = 0.4
"""For the average of the newest pictures, which takes most of the noise away."""
LEARN_S: Final = 20.0
"""For the average that is the room: it follows the sun, and a person in it leaves little."""
SETTLE_S: Final = 5.0
"""The first seconds of light: the exposure is still being found."""
GROW_S: Final = 1800.0
"""What the room has at least grows so slowly: somebody who sat still before a blank wall leaves."""


class Room:
    """Remembers the room and compares each picture with it."""

    def __init__(self) -> None:
        self._now: _Levels | None = None
        self._structure: _Levels | None = None
        self._light: _Levels | None = None
        self._least = 0.0
        self._learned_s = 0.0
        self._dark = False
        self._hidden = False
        self._night = False
        self._sweep_s = 0.0
        self._half_covered = 0

    def look(self, glance: Glance, seconds: float) -> Shown:
        """What this picture shows, `seconds` after the one before."""
        levels = glance.astype(np.float32)
        sharp = (cv2.blur(levels, (3, 3)) - cv2.blur(levels, BLUR))[_INNER]
        self._now = _nearer(self._now, sharp, seconds, NOW_S)
        light: _Levels = cv2.resize(levels, PARTS, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        lit = np.count_nonzero(glance >= (LIT_AGAIN if self._dark else DARK))
        self._dark = bool(lit < LIT_SHARE * glance.size)
        if self._dark:
            self._hidden = self._hidden or self._swept()
            self._night = not self._hidden
            return "covered" if self._hidden else "dark"
        if self._is_gone(self._now, float(light.mean())):
            if self._night and light.mean() < NIGHT:
                return "dark"
            self._hidden = True
            return "covered"
        self._sweep(light, seconds)
        self._hidden = self._night = False
        if not self._sweep_s:
            self._learn(light, seconds)
        return "ok"

    def _is_gone(self, now: _Levels, light: float) -> bool:
        """Whether of the structure that the room has at least nothing is left."""
        if self._structure is None or self._light is None or self._least < STRUCTURE:
            return False
        dimmed = min(1.0, light / max(1.0, float(self._light.mean())))
        there = _strength(self._structure)
        if _strength(now) >= max(FLAT, LEFT * dimmed * there):
            return False
        # Noise has nothing in common with the room, however strong it is.
        common = float(np.vdot(now, self._structure)) / now.size / there**2
        return common < LEFT * dimmed

    def _sweep(self, light: _Levels, seconds: float) -> None:
        """Follow something black that comes over the picture."""
        if self._light is None:
            return
        known = self._light >= DARK
        if np.count_nonzero(known) < known.size // 4:
            return
        left = light[known] / self._light[known]
        black, same = float(np.mean(left < BLACKENED)), float(np.mean(left > UNCHANGED))
        if black < 0.45:
            self._sweep_s, self._half_covered = 0.0, 0
            return
        self._sweep_s += seconds
        # In between there is little: a light's edge is softer than a cap's.
        if same >= 0.1 and black + same >= 0.65:
            self._half_covered += 1

    def _swept(self) -> bool:
        swept = self._half_covered >= 2 and self._sweep_s <= SWEEP_S
        self._sweep_s, self._half_covered = 0.0, 0
        return swept

    def _learn(self, light: _Levels, seconds: float) -> None:
        assert self._now is not None
        self._learned_s += seconds
        # At first the mean of all, else the first picture would weigh too much.
        slowness_s = min(LEARN_S, self._learned_s)
        self._structure = _nearer(self._structure, self._now, seconds, slowness_s)
        self._light = _nearer(self._light, light, seconds, slowness_s)
        there = _strength(self._structure)
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


def _strength(structure: _Levels) -> float:
    """Root mean square, grey levels."""
    return float(np.sqrt(np.vdot(structure, structure) / structure.size))
