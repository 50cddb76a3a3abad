"""Which setting to run, and why in one sentence.

Pure. The measure is the age of the newest pose: what a subscriber knows is on average as old as
the delay and half the time from one pose to the next. So more frames count, and so does a delay
that they cost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final

from edgepose.bench.numbers import Numbers, Row
from edgepose.bench.settings import Setting

ENOUGH: Final = 10.0
"""Frames/s that a model must reach to be preferred to a less accurate one: with fewer, a quick
movement falls between two poses."""
ALIKE: Final = 1.05
"""Ages that differ by less are alike: then the one that takes fewer cores is better."""
FULL_RATE: Final = 30.0
"""Frames/s of a camera; more is of no use."""
_SPARE: Final = 0.9
"""Part of what the engine can do that the camera asks for, so that it is free when a frame comes,
while the daemon works, too."""
_ACCURATE: Final[tuple[str, ...]] = ("heavy", "full", "lite")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to run. `why` is a sentence for people."""

    setting: Setting
    rate: float
    why: str

    def keys(self) -> dict[str, object]:
        """As keys of the configuration."""
        return {
            "camera.rate": self.rate,
            "detection.engine": self.setting.engine,
            "detection.model": self.setting.model,
            "detection.workers": self.setting.workers,
            "detection.threads": self.setting.threads,
        }


def suggest(rows: Sequence[Row], cores: int, most_rate: float = 0.0) -> Suggestion | None:
    """The best of what was measured; None where nothing was. `most_rate`: frames/s that somebody
    has asked for; more are not suggested. 0 asks for none."""
    measured = {
        row.setting: numbers
        for row in rows
        if row.failed is None and (numbers := row.numbers) is not None
    }
    if not measured:
        return None
    agreeing = {s: n for s, n in measured.items() if _agrees_with_itself(s)} or measured
    left_out, measured = len(measured) - len(agreeing), agreeing
    # One core is for the camera, the daemon and everybody else.
    spared = {s: n for s, n in measured.items() if s.cores < max(cores, 2)} or measured
    model, about_model = _model(spared)
    candidates = {s: n for s, n in spared.items() if s.model == model}
    crowded = {s: n for s, n in measured.items() if s.model == model and s not in spared}
    best = _best(candidates)
    numbers = candidates[best]
    about_others = _rival(best, candidates) + _crowded(best, candidates, crowded)
    if len(measured) > 1 and not about_others:
        about_others = "; nothing else gives newer poses"
    if left_out:
        about_others += "; several workers of mediapipe may each follow another person"
    rate = min(most_rate or FULL_RATE, max(1.0, floor(_SPARE * numbers.frames_per_s)))
    return Suggestion(best, rate, f"{best}: {_told(numbers)}{about_others}{about_model}")


def _agrees_with_itself(setting: Setting) -> bool:
    """Not several workers of MediaPipe: where two people are in view, each may follow another one,
    and the poses jump between them."""
    return setting.engine != "mediapipe" or setting.workers == 1


def _age_ms(numbers: Numbers) -> float:
    return numbers.delay_ms + 1000 / _useful(numbers) / 2


def _useful(numbers: Numbers) -> float:
    return min(numbers.frames_per_s, FULL_RATE)


def _best(candidates: Mapping[Setting, Numbers]) -> Setting:
    youngest_ms = min(map(_age_ms, candidates.values()))
    alike = [s for s, n in candidates.items() if _age_ms(n) <= ALIKE * youngest_ms]
    return min(alike, key=lambda s: (s.cores, _age_ms(candidates[s])))


def _model(measured: Mapping[Setting, Numbers]) -> tuple[str, str]:
    """The model to take, and a clause that says why where there was a choice."""
    fastest: dict[str, float] = {}
    for setting, numbers in measured.items():
        fastest[setting.model] = max(numbers.frames_per_s, fastest.get(setting.model, 0.0))
    ranked = [model for model in _ACCURATE if model in fastest]
    ranked += [model for model in fastest if model not in ranked]
    for model in ranked:
        if fastest[model] >= ENOUGH:
            clause = f"; {model} is the most accurate model that reaches {ENOUGH:g} frames/s"
            return model, clause if len(ranked) > 1 else ""
    quickest = max(ranked, key=lambda model: fastest[model])
    clause = f"; no model reaches {ENOUGH:g} frames/s, {quickest} is the fastest"
    return quickest, clause if len(ranked) > 1 else ""


def _rival(best: Setting, candidates: Mapping[Setting, Numbers]) -> str:
    """A clause about one that has more frames or less delay, and was not taken."""
    ours = candidates[best]
    most = max(candidates, key=lambda s: _useful(candidates[s]))
    least = min(candidates, key=lambda s: candidates[s].delay_ms)
    if _useful(candidates[most]) > ALIKE * _useful(ours):
        other = most
    elif ours.delay_ms > ALIKE * candidates[least].delay_ms:
        other = least
    else:
        return ""
    alike = _age_ms(candidates[other]) <= ALIKE * _age_ms(ours)
    but = f"but takes {other.cores} cores" if alike else "but its poses are older on average"
    return f"; {_short(other, best)}: {_told(candidates[other])}, {but}"


def _crowded(
    best: Setting, candidates: Mapping[Setting, Numbers], crowded: Mapping[Setting, Numbers]
) -> str:
    """A clause about one that is better while nobody else wants the processor."""
    if not crowded:
        return ""
    rival = _best(crowded)
    if ALIKE * _age_ms(crowded[rival]) > _age_ms(candidates[best]):
        return ""
    told = f"{_short(rival, best)}: {_told(crowded[rival])}"
    return f"; {told}, but it leaves no core for camera, daemon and others"


def _short(setting: Setting, beside: Setting) -> str:
    same = setting.engine == beside.engine
    return setting.sharing if same else f"{setting.engine}, {setting.sharing}"


def _told(numbers: Numbers) -> str:
    return f"{numbers.frames_per_s:.1f} frames/s at {numbers.delay_ms:.0f} ms"
