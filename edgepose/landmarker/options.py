"""What `PoseLandmarker.open` is given, checked before anything is opened. Raises ValueError, and
TypeError for what is no number."""

import operator
from typing import Literal, get_args

from edgepose.vision.engines import EngineOptions, RunningMode

EngineName = Literal["mediapipe", "litert"]


def check(options: EngineOptions) -> EngineOptions:
    """The options, if they mean anything: MediaPipe takes a confidence of 7 without a word."""
    for name in ("num_poses", "threads"):
        count = getattr(options, name)
        try:
            operator.index(count)
        except TypeError:
            raise TypeError(f"{name} is {count!r}, a whole number is expected") from None
        if not count >= 1:
            raise ValueError(f"{name} is {count}, allowed from 1")
    for name in ("pose_detection", "pose_presence", "tracking"):
        confidence = getattr(options, f"min_{name}_confidence")
        if isinstance(confidence, str) or not hasattr(confidence, "__float__"):
            raise TypeError(f"min_{name}_confidence is {confidence!r}, a number is expected")
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"min_{name}_confidence is {confidence}, allowed 0 to 1")
    return options


def check_names(engine: str, running_mode: str) -> None:
    """Whether there are such an engine and such a mode."""
    for name, value, allowed in (
        ("engine", engine, get_args(EngineName)),
        ("running_mode", running_mode, get_args(RunningMode)),
    ):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}, allowed {', '.join(allowed)}")
