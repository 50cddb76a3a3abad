"""Which of a sensor's modes to use: as much of the view as the rate allows, or the fastest.

Left to itself, libcamera goes by the size of the picture, and small modes are often cut out of the
middle of the sensor. Pure; knows neither picamera2 nor a picture. Raises nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

FieldOfView = Literal["full", "fastest"]
Size = tuple[int, int]

ROUNDING: Final = 1.01
"""A mode reaches a rate that it misses by no more than this: 29.97 is good for 30."""


@dataclass(frozen=True, slots=True)
class Mode:
    """A sensor mode.

    `size` in pixels and `bit_depth` of what the sensor puts out, `fps` at most. `share`: the part
    of the sensor's area that the mode reads, 0..1; `seen`: the part of it that is left in a
    picture of the wanted shape.
    """

    size: Size
    bit_depth: int
    fps: float
    share: float
    seen: float


def read_modes(modes: Sequence[Mapping[str, Any]], sensor: Size | None, size: Size) -> list[Mode]:
    """Read modes as picamera2's `sensor_modes` gives them.

    `sensor`: width and height of the whole, where the camera tells; else the largest crop counts
    as the whole. `size`: width and height of the wanted picture. A USB camera has no modes.
    """
    crops = [mode["crop_limits"][2:4] for mode in modes if "crop_limits" in mode]
    whole = max((width * height for width, height in crops), default=0)
    if sensor is not None:
        # Some drivers call more than the active pixels readable.
        whole = max(whole, sensor[0] * sensor[1])
    if not whole:
        return []
    return [_mode(mode, whole, size) for mode in modes if "crop_limits" in mode and mode.get("fps")]


def _mode(mode: Mapping[str, Any], whole: int, size: Size) -> Mode:
    width, height = mode["crop_limits"][2:4]
    # The picture is cut out of the middle of the crop, as large as its shape allows.
    scale = min(width / size[0], height / size[1])
    return Mode(
        (mode["size"][0], mode["size"][1]),
        mode["bit_depth"],
        mode["fps"],
        width * height / whole,
        scale * size[0] * scale * size[1] / whole,
    )


def choose_mode(modes: Sequence[Mode], size: Size, rate: float, view: FieldOfView) -> Mode | None:
    """Choose a mode for a picture of `size` (width, height), `rate` times a second; None of none.

    `full`: the largest share of the sensor that reaches the rate; where no mode reaches it, the
    fastest. `fastest`: the most frames a second of the modes that are not smaller than the
    picture. Of modes that are equal in this, one that is not smaller than the picture, the
    smaller of two of those (it bins: less noise, and it is read faster), and more bits.
    """
    reach = [mode for mode in modes if mode.fps * ROUNDING >= rate]
    if view == "full" and reach:
        return max(reach, key=lambda mode: (round(mode.share, 3), *_fit(mode, size)))
    return max(
        modes,
        key=lambda mode: (
            view == "full" or _covers(mode, size),
            mode.fps,
            round(mode.share, 3),
            *_fit(mode, size),
        ),
        default=None,
    )


def _covers(mode: Mode, size: Size) -> bool:
    return mode.size[0] >= size[0] and mode.size[1] >= size[1]


def _fit(mode: Mode, size: Size) -> tuple[bool, int, int]:
    covers = _covers(mode, size)
    area = mode.size[0] * mode.size[1]
    return covers, -area if covers else area, mode.bit_depth


def describe_view(chosen: Mode, modes: Sequence[Mode], rate: float, view: FieldOfView) -> list[str]:
    """Say what a person may not expect of the chosen mode; nothing where all is as wished."""
    said = []
    widest = max(mode.share for mode in modes)
    if chosen.fps * ROUNDING < rate:
        said.append(f"it gives at most {chosen.fps:g} frames/s, not {rate:g}")
    if view == "fastest":
        return said
    if round(chosen.share, 3) < round(widest, 3):
        fps = max(mode.fps for mode in modes if round(mode.share, 3) == round(widest, 3))
        said.append(
            f"it sees {chosen.share:.0%} of the sensor; up to {fps:g} frames/s would see "
            f"{widest:.0%}"
        )
    if chosen.seen < 0.9 * chosen.share:
        said.append(
            f"the shape of camera.size leaves {chosen.seen:.0%} of the sensor; "
            "another shape would show more"
        )
    return said
