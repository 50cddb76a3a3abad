"""Sensor modes: the whole view where the rate allows it, on the sensors that people have."""

from typing import Any

import pytest

from edgepose.vision.sources.pi.modes import (
    ROUNDING,
    FieldOfView,
    Mode,
    choose_mode,
    describe_view,
    read_modes,
)


def mode(
    size: tuple[int, int], fps: float, crop: tuple[int, int, int, int], bits: int = 10
) -> dict[str, Any]:
    """One mode, with the keys that picamera2 gives."""
    return {
        "format": f"SRGGB{bits}_CSI2P",
        "unpacked": f"SRGGB{bits}",
        "bit_depth": bits,
        "size": size,
        "fps": fps,
        "crop_limits": crop,
        "exposure_limits": (75, 11766829, None),
    }


# As picamera2 and rpicam-hello list them: raspberrypi/picamera2#683, #1184, #301,
# raspberrypi/rpicam-apps#427, AllskyTeam/allsky#3632.
V2 = [
    mode(size, fps, crop, bits)
    for bits in (10, 8)
    for size, fps, crop in [
        ((640, 480), 103.33, (1000, 752, 1280, 960)),
        ((1640, 1232), 41.85, (0, 0, 3280, 2464)),
        ((1920, 1080), 47.57, (680, 692, 1920, 1080)),
        ((3280, 2464), 21.19, (0, 0, 3280, 2464)),
    ]
]
V3 = [
    mode((1536, 864), 120.13, (768, 432, 3072, 1728)),
    mode((2304, 1296), 56.03, (0, 0, 4608, 2592)),
    mode((4608, 2592), 14.35, (0, 0, 4608, 2592)),
]
V1 = [
    mode((640, 480), 58.92, (16, 0, 2560, 1920)),
    mode((1296, 972), 43.25, (0, 0, 2592, 1944)),
    mode((1920, 1080), 30.62, (348, 434, 1928, 1080)),
    mode((2592, 1944), 15.63, (0, 0, 2592, 1944)),
]
HQ = [
    mode((1332, 990), 120.05, (696, 528, 2664, 1980)),
    mode((2028, 1080), 50.03, (0, 440, 4056, 2160), 12),
    mode((2028, 1520), 40.01, (0, 0, 4056, 3040), 12),
    mode((4056, 3040), 10.0, (0, 0, 4056, 3040), 12),
]
GLOBAL_SHUTTER = [mode((1456, 1088), 60.38, (0, 0, 1456, 1088))]
AI = [
    mode((2028, 1520), 30.02, (0, 0, 4056, 3040)),
    mode((4056, 3040), 10.0, (0, 0, 4056, 3040)),
]
SENSORS = {"v2": V2, "v3": V3, "v1": V1, "hq": HQ, "global": GLOBAL_SHUTTER, "ai": AI}
VGA = (640, 480)


def chosen(
    sensor: str, size: tuple[int, int], rate: float, view: FieldOfView = "full"
) -> tuple[Mode, list[str]]:
    modes = read_modes(SENSORS[sensor], None, size)
    picked = choose_mode(modes, size, rate, view)
    assert picked is not None
    return picked, describe_view(picked, modes, rate, view)


@pytest.mark.parametrize(
    ("sensor", "size", "rate", "picked", "share"),
    [
        ("v2", VGA, 30, (1640, 1232), 1.0),
        ("v2", VGA, 15, (1640, 1232), 1.0),
        ("v2", VGA, 0, (1640, 1232), 1.0),
        ("v2", VGA, 45, (1920, 1080), 0.257),
        ("v2", VGA, 60, (640, 480), 0.152),
        ("v2", VGA, 120, (640, 480), 0.152),
        ("v2", (1920, 1080), 15, (3280, 2464), 1.0),
        ("v2", (1920, 1080), 30, (1640, 1232), 1.0),
        ("v3", VGA, 30, (2304, 1296), 1.0),
        ("v3", VGA, 10, (2304, 1296), 1.0),
        ("v3", (1280, 720), 60, (1536, 864), 0.444),
        ("v3", (3840, 2160), 10, (4608, 2592), 1.0),
        ("v1", VGA, 30, (1296, 972), 1.0),
        ("v1", VGA, 43.5, (1296, 972), 1.0),
        ("v1", VGA, 50, (640, 480), 0.975),
        ("hq", VGA, 30, (2028, 1520), 1.0),
        ("hq", VGA, 45, (2028, 1080), 0.711),
        ("hq", VGA, 100, (1332, 990), 0.428),
        ("global", VGA, 60, (1456, 1088), 1.0),
        ("global", VGA, 90, (1456, 1088), 1.0),
        ("ai", VGA, 30, (2028, 1520), 1.0),
        ("ai", VGA, 60, (2028, 1520), 1.0),
    ],
)
def test_the_whole_view_is_kept_as_far_as_the_rate_allows(
    sensor: str, size: tuple[int, int], rate: float, picked: tuple[int, int], share: float
) -> None:
    found, _ = chosen(sensor, size, rate)
    assert found.size == picked
    assert round(found.share, 3) == share


@pytest.mark.parametrize("sensor", list(SENSORS))
@pytest.mark.parametrize("rate", [0, 1, 10, 15, 24, 30, 40, 50, 60, 90, 120])
def test_no_mode_that_reaches_the_rate_sees_more(sensor: str, rate: float) -> None:
    found, _ = chosen(sensor, VGA, rate)
    modes = read_modes(SENSORS[sensor], None, VGA)
    reach = [each.share for each in modes if each.fps >= rate]
    if reach:
        assert found.fps * ROUNDING >= rate
        assert found.share >= max(reach)
    else:
        assert found.fps == max(each.fps for each in modes)


@pytest.mark.parametrize(
    ("sensor", "size", "picked"),
    [
        ("v2", VGA, (640, 480)),
        ("v2", (1280, 720), (1920, 1080)),
        ("v2", (1920, 1080), (1920, 1080)),
        ("v3", VGA, (1536, 864)),
        ("v3", (1920, 1080), (2304, 1296)),
        ("v1", VGA, (640, 480)),
        ("hq", VGA, (1332, 990)),
        ("global", VGA, (1456, 1088)),
        ("ai", (4096, 4096), (2028, 1520)),
    ],
)
def test_fastest_is_the_fastest_that_is_not_smaller_than_the_picture(
    sensor: str, size: tuple[int, int], picked: tuple[int, int]
) -> None:
    assert chosen(sensor, size, 30, "fastest")[0].size == picked


def test_more_bits_are_taken_where_nothing_else_differs() -> None:
    assert chosen("v2", VGA, 30)[0].bit_depth == 10
    assert chosen("v2", VGA, 30, "fastest")[0].bit_depth == 10


@pytest.mark.parametrize(
    ("sensor", "size", "rate", "seen"),
    [("v2", VGA, 30, 0.998), ("v3", VGA, 30, 0.75), ("v3", (640, 360), 30, 1.0)],
)
def test_the_shape_of_the_picture_cuts_the_view(
    sensor: str, size: tuple[int, int], rate: float, seen: float
) -> None:
    assert round(chosen(sensor, size, rate)[0].seen, 3) == seen


def test_the_sensor_itself_is_the_whole_where_it_is_known() -> None:
    middle = [mode((1280, 720), 60, (320, 180, 1280, 720))]
    assert read_modes(middle, None, VGA)[0].share == 1
    assert round(read_modes(middle, (1920, 1080), VGA)[0].share, 3) == 0.444
    # Never more than the whole, whatever the driver calls active.
    assert read_modes(middle, (640, 360), VGA)[0].share == 1


@pytest.mark.parametrize("modes", [[], [{"format": "YUYV"}, {"format": "MJPEG"}]])
def test_a_usb_camera_has_no_modes(modes: list[dict[str, Any]]) -> None:
    assert choose_mode(read_modes(modes, None, VGA), VGA, 30, "full") is None


@pytest.mark.parametrize(
    ("sensor", "size", "rate", "view", "said"),
    [
        ("v2", VGA, 30, "full", []),
        ("v2", VGA, 60, "full", ["sees 15% of the sensor; up to 41.85 frames/s would see 100%"]),
        ("v2", VGA, 60, "fastest", []),
        ("ai", VGA, 60, "full", ["at most 30.02 frames/s, not 60"]),
        ("ai", VGA, 60, "fastest", ["at most 30.02 frames/s, not 60"]),
        ("v3", VGA, 30, "full", ["the shape of camera.size leaves 75% of the sensor"]),
        ("v3", (640, 360), 30, "full", []),
    ],
)
def test_what_a_person_may_not_expect_is_said(
    sensor: str, size: tuple[int, int], rate: float, view: FieldOfView, said: list[str]
) -> None:
    _, lines = chosen(sensor, size, rate, view)
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))
