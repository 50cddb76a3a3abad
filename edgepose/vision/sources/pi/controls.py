"""The camera's controls that a person may set: which there are, and what they take.

Owns the checks of `camera.controls` against what the opened camera says of itself. Pure; knows no
picamera2. Raises `UserError` that names everything wrong at once.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, Literal

from edgepose.errors import EX_CONFIG, UserError

Kind = Literal["bool", "whole", "number", "text", "size", "rectangle"]
Value = bool | int | float | str | Sequence["Value"]

RESERVED: Final = {"FrameDurationLimits": "camera.rate"}
"""Controls that edgepose sets itself, and the key that they follow."""
_PARTS: Final[Mapping[Kind, int]] = {"size": 2, "rectangle": 4}
"""How many whole numbers make one value of these."""


@dataclass(frozen=True, slots=True)
class Control:
    """What one control takes.

    `count`: None for a single value, else how many, 0 for any number of them. `low` and `high`
    bound each value, None where the camera sets no bound. `words`: the names of its values.
    """

    kind: Kind
    count: int | None = None
    low: float | None = None
    high: float | None = None
    words: Mapping[int, str] = field(default_factory=dict)


def check_controls(
    wanted: Mapping[str, Value], has: Mapping[str, Control], camera: str
) -> dict[str, Any]:
    """Give the wanted controls as picamera2 takes them: numbers for words, tuples for lists.

    `has`: all controls of the camera, by name; `camera`: what to call it in the error.
    """
    taken: dict[str, Any] = {}
    wrong = []
    for name, value in wanted.items():
        if name in RESERVED:
            wrong.append(f"{name} follows {RESERVED[name]}: set that")
        elif name not in has:
            wrong.append(_unknown(name, has))
        else:
            try:
                taken[name] = _several(has[name], value)
            except ValueError:
                wrong.append(f"{name}: {_show(value)}, allowed {_allowed(has[name])}")
    if wrong:
        raise UserError(f"camera.controls of {camera}: {'; '.join(wrong)}", EX_CONFIG)
    return taken


def _unknown(name: str, has: Mapping[str, Control]) -> str:
    free = sorted(set(has) - set(RESERVED))
    lower = {each.lower(): each for each in free}
    close = get_close_matches(name.lower(), lower, n=1)
    meant = f", did you mean {lower[close[0]]}?" if close else ","
    return f"{name}: this camera has no such control{meant} it has {', '.join(free) or 'none'}"


def _several(control: Control, value: Value) -> Any:
    if control.count is None:
        return _one(control, value)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ValueError
    if control.count not in (0, len(value)):
        raise ValueError
    return tuple(_one(control, each) for each in value)


def _one(control: Control, value: Value) -> Any:
    parts = _PARTS.get(control.kind)
    if parts is not None:
        if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != parts:
            raise ValueError
        return tuple(_number(Control("whole", low=0), each) for each in value)
    if control.kind in ("bool", "text"):
        if not isinstance(value, bool if control.kind == "bool" else str):
            raise ValueError
        return value
    if isinstance(value, bool) and control.words:
        # YAML reads the words off and on as false and true.
        value = "On" if value else "Off"
    if isinstance(value, str):
        return _from_word(control, value)
    return _number(control, value)


def _number(control: Control, value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    if control.kind == "whole" and value != int(value):
        raise ValueError
    if control.low is not None and value < control.low:
        raise ValueError
    if control.high is not None and value > control.high:
        raise ValueError
    return int(value) if control.kind == "whole" else float(value)


def _from_word(control: Control, value: str) -> int:
    for number, names in _offered_words(control).items():
        if value.lower() in (name.lower() for name in names):
            return number
    raise ValueError


def _offered_words(control: Control) -> dict[int, tuple[str, str]]:
    """The short and the long name of each value within the bounds: Continuous, AfModeContinuous."""
    names = control.words.values()
    # All begin with the name of the control, or a part of it: what the first and the last share.
    pairs = zip(min(names, default=""), max(names, default=""), strict=False)
    common = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
    return {
        number: (name[common:], name)
        for number, name in control.words.items()
        if (control.low is None or number >= control.low)
        and (control.high is None or number <= control.high)
    }


def _allowed(control: Control) -> str:
    each = _allowed_one(control)
    if control.count is None:
        return each
    return f"a list of {control.count or 'any number'}, each {each}"


def _allowed_one(control: Control) -> str:
    if control.kind == "bool":
        return "true or false"
    if control.kind == "text":
        return "text"
    if control.kind in _PARTS:
        names = "[width, height]" if control.kind == "size" else "[x, y, width, height]"
        return f"{names} in whole pixels"
    if words := _offered_words(control):
        return ", ".join(short for short, _ in words.values())
    return _bounds(control, "a whole number" if control.kind == "whole" else "a number")


def _bounds(control: Control, what: str) -> str:
    if control.low is not None and control.high is not None:
        return f"{what} from {control.low:.10g} to {control.high:.10g}"
    if control.low is not None:
        return f"{what} from {control.low:.10g} up"
    return what if control.high is None else f"{what} up to {control.high:.10g}"


def _show(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return f"[{', '.join(_show(each) for each in value)}]"
    return f"{value:.10g}"
