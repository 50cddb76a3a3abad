"""A camera's controls: what it has not, or cannot, is refused with what it can."""

from typing import Any

import pytest

from edgepose.errors import EX_CONFIG, UserError
from edgepose.vision.sources.pi.controls import Control, check_controls

# As a camera module 3 describes itself.
HAS = {
    "AeEnable": Control("bool"),
    "AfMode": Control(
        "whole", None, 0, 2, {0: "AfModeManual", 1: "AfModeAuto", 2: "AfModeContinuous"}
    ),
    "AfWindows": Control("rectangle", 0),
    "AwbMode": Control("whole", None, 0, 1, {0: "AwbAuto", 1: "AwbIndoor", 7: "AwbCustom"}),
    "Brightness": Control("number", None, -1.0, 1.0),
    "ColourGains": Control("number", 2, 0.0, 32.0),
    "ExposureTime": Control("whole", None, 26, 33333),
    "FrameDurationLimits": Control("whole", 2, 17849, 220535845),
    "HdrMode": Control("whole", None, 0, 1, {0: "HdrModeOff", 1: "HdrModeSingleExposure"}),
    "LensPosition": Control("number", None, 0.0),
    "ScalerCrop": Control("rectangle"),
}


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("AeEnable", False, False),
        ("AfMode", 2, 2),
        ("AfMode", "Continuous", 2),
        ("AfMode", "manual", 0),
        ("AfMode", "AfModeAuto", 1),
        ("AwbMode", "indoor", 1),
        ("Brightness", 0.25, 0.25),
        ("Brightness", -1, -1.0),
        ("ColourGains", [1.5, 2], (1.5, 2.0)),
        ("ExposureTime", 10000, 10000),
        ("ExposureTime", 10000.0, 10000),
        ("HdrMode", "Off", 0),
        ("HdrMode", False, 0),
        ("LensPosition", 1000, 1000.0),
        ("ScalerCrop", [0, 0, 640, 480], (0, 0, 640, 480)),
        ("AfWindows", [[0, 0, 64, 64], [64, 0, 64, 64]], ((0, 0, 64, 64), (64, 0, 64, 64))),
        ("AfWindows", [], ()),
    ],
)
def test_a_good_value_is_taken(name: str, value: Any, taken: Any) -> None:
    found = check_controls({name: value}, HAS, "camera 0 (imx708)")
    assert found == {name: taken}
    assert type(found[name]) is type(taken)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("AeEnable", 1, "AeEnable: 1, allowed true or false"),
        ("AeEnable", "yes", "AeEnable: yes, allowed true or false"),
        ("AfMode", 3, "AfMode: 3, allowed Manual, Auto, Continuous"),
        ("AfMode", True, "AfMode: true, allowed Manual, Auto, Continuous"),
        ("AfMode", "Fast", "AfMode: Fast, allowed Manual, Auto, Continuous"),
        ("AwbMode", "Custom", "AwbMode: Custom, allowed Auto, Indoor"),
        ("Brightness", 3, "Brightness: 3, allowed a number from -1 to 1"),
        ("Brightness", float("nan"), "Brightness: nan, allowed a number from -1 to 1"),
        ("Brightness", [0.1], "Brightness: [0.1], allowed a number from -1 to 1"),
        ("ColourGains", 1.5, "allowed a list of 2, each a number from 0 to 32"),
        ("ColourGains", [1.5], "ColourGains: [1.5], allowed a list of 2"),
        ("ColourGains", [1.5, 33], "ColourGains: [1.5, 33], allowed"),
        ("ColourGains", "ab", "ColourGains: ab, allowed a list of 2"),
        ("ExposureTime", 10.5, "ExposureTime: 10.5, allowed a whole number from 26 to 33333"),
        ("ExposureTime", 100000, "ExposureTime: 100000, allowed a whole number from 26 to 33333"),
        ("HdrMode", True, "HdrMode: true, allowed Off, SingleExposure"),
        ("LensPosition", -1, "LensPosition: -1, allowed a number from 0 up"),
        ("ScalerCrop", [0, 0, 640], "allowed [x, y, width, height] in whole pixels"),
        ("ScalerCrop", [0, 0, 640, -1], "allowed [x, y, width, height] in whole pixels"),
        ("AfWindows", [[1, 2]], "allowed a list of any number, each [x, y, width, height]"),
        ("FrameDurationLimits", [1, 2], "FrameDurationLimits follows camera.rate: set that"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(name: str, value: Any, allowed: str) -> None:
    with pytest.raises(UserError) as caught:
        check_controls({name: value}, HAS, "camera 0 (imx708)")
    assert str(caught.value).startswith("camera.controls of camera 0 (imx708): ")
    assert allowed in str(caught.value)
    assert caught.value.exit_code == EX_CONFIG


def test_an_unknown_control_is_refused_with_the_camera_s_own_list() -> None:
    with pytest.raises(UserError) as caught:
        check_controls({"afmod": 1}, HAS, "camera 0 (imx708)")
    assert "afmod: this camera has no such control, did you mean AfMode? it has AeEnable, " in str(
        caught.value
    )
    assert "FrameDurationLimits" not in str(caught.value)
    assert all(name in str(caught.value) for name in HAS if name != "FrameDurationLimits")


def test_everything_wrong_is_said_at_once_and_in_one_line() -> None:
    wanted = {"Zoom": 2, "Brightness": 3, "AeEnable": True, "ExposureTime": 0}
    with pytest.raises(UserError) as caught:
        check_controls(wanted, HAS, "camera 0 (imx708)")
    said = str(caught.value)
    assert "Zoom" in said
    assert "Brightness: 3" in said
    assert "ExposureTime: 0" in said
    assert "AeEnable: " not in said
    assert "\n" not in said


def test_a_camera_without_controls_says_so() -> None:
    with pytest.raises(UserError, match="it has none"):
        check_controls({"AfMode": 1}, {}, "camera 0 (usb)")
