"""Set an opened camera up: pixel format, sensor mode, rate, controls.

Owns what is asked of picamera2 and libcamera, and what their answers mean. Runs on the thread that
opens the source. Raises `UserError` for what the config asks and the camera has not; picamera2's
and libcamera's own errors pass through, `RuntimeError` and `OSError`.
"""

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgepose.vision.sources.pi import traits
from edgepose.vision.sources.pi.controls import Value, check_controls
from edgepose.vision.sources.pi.formats import Layout
from edgepose.vision.sources.pi.modes import (
    FieldOfView,
    Mode,
    choose_mode,
    describe_view,
    read_modes,
)
from edgepose.vision.sources.pi.pick import pick_format

SLOWEST: Final = 15.0
"""Frames a second that a camera makes at least, even where fewer are wanted: the pacer takes what
is wanted of them, and a frame that lasted longer would be blurred by everything that moves."""
BUFFERS: Final = 4
"""One is filled, one waits to be, one waits for us, one is in our hands."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the config asks of a camera. Names and units are the config's."""

    size: tuple[int, int]
    rate: float
    field_of_view: FieldOfView
    controls: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it. `name` is for people, `model` the sensor's; `duration_ns` how long the
    camera was told to make each frame, None for one that cannot be told."""

    name: str
    model: str
    layout: Layout
    mode: Mode | None
    duration_ns: int | None


def set_up(camera: Any, name: str, model: str, wanted: Wanted) -> Opened:
    """Choose format and sensor mode, configure the camera, and hand it its controls."""
    from libcamera import ColorSpace

    modes = read_modes(traits.sensor_modes(camera), traits.sensor_size(camera), wanted.size)
    mode = choose_mode(modes, wanted.size, wanted.rate, wanted.field_of_view)
    config = camera.create_video_configuration(
        main={
            "size": wanted.size,
            "format": pick_format(traits.formats(camera), wanted.size, wanted.rate),
        },
        # The sensor's own picture is not wanted, and would be copied to memory of its own.
        raw=None,
        sensor={"output_size": mode.size, "bit_depth": mode.bit_depth} if mode else None,
        colour_space=ColorSpace.Sycc(),
        buffer_count=BUFFERS,
        display=None,
        encode=None,
    )
    camera.configure(config)
    duration_us = _frame_duration_us(camera, wanted.rate)
    camera.set_controls(_controls(camera, name, wanted, duration_us))
    opened = Opened(
        name,
        model,
        traits.layout(camera),
        mode,
        None if duration_us is None else duration_us * 1000,
    )
    _tell(opened, modes, wanted)
    return opened


def _frame_duration_us(camera: Any, rate: float) -> int | None:
    """How long a frame is to last; None where the camera cannot be told."""
    limits = camera.camera_controls.get("FrameDurationLimits")
    if limits is None:
        return None
    shortest, longest = limits[0], limits[1]
    # Rate 0 takes them as fast as they come.
    wanted = round(1e6 / max(rate, SLOWEST)) if rate else shortest
    return int(min(max(wanted, shortest), longest))


def _controls(camera: Any, name: str, wanted: Wanted, duration_us: int | None) -> dict[str, Any]:
    has = traits.controls(camera)
    own: dict[str, Any] = {}
    if duration_us is not None:
        own["FrameDurationLimits"] = (duration_us, duration_us)
        if (exposure := has.get("ExposureTime")) is not None:
            # libcamera would cut a longer exposure without a word.
            longest = duration_us if exposure.high is None else min(duration_us, exposure.high)
            has["ExposureTime"] = dataclasses.replace(exposure, high=longest)
    if "AfMode" in has and not {"AfMode", "LensPosition"} & set(wanted.controls):
        # Left to itself, a lens that can focus stays at its default distance.
        own["AfMode"] = 2  # AfModeContinuous
    return own | check_controls(wanted.controls, has, name)


def _tell(opened: Opened, modes: list[Mode], wanted: Wanted) -> None:
    layout, mode = opened.layout, opened.mode
    size = f"{layout.size[0]}x{layout.size[1]}"
    view = f", mode {mode.size[0]}x{mode.size[1]}, {mode.share:.0%} of the sensor" if mode else ""
    log.info("%s: %s %s%s", opened.name, size, layout.format, view)
    if layout.size != wanted.size:
        log.warning("%s gives %s, not %dx%d", opened.name, size, *wanted.size)
    for said in describe_view(mode, modes, wanted.rate, wanted.field_of_view) if mode else ():
        log.warning("%s: %s", opened.name, said)
