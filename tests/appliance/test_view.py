"""A camera that gives one picture for ever, under the real picamera2: said, and opened anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.appliance import camera
from tests.appliance.house import UNIT, House
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]


@contextmanager
def one_picture(root: Path) -> Iterator[None]:
    """Leave the camera one of its pictures for a while; one that is open keeps those it has."""
    away = root / "srv/pictures-away"
    away.mkdir()
    _, *others = sorted((root / camera.FRAMES).glob("*.jpg"))
    for each in others:
        each.rename(away / each.name)
    try:
        yield
    finally:
        for each in away.iterdir():
            each.rename(root / camera.FRAMES / each.name)
        away.rmdir()


def test_a_frozen_camera_is_opened_anew(installed: House) -> None:
    restarts = installed.health()["restarts"]["vision"]
    with one_picture(installed.machine.root):
        installed.stranger.publish("edgepose/pi/command/restart-vision")
        wait_for(lambda: installed.health()["camera"] == "frozen", 60, "frozen")
        frozen = installed.health()
        assert frozen["status"] == "degraded"
        assert "camera frozen: the same picture again and again" in frozen["why"]
        status = installed.machine.show(UNIT, "StatusText")["StatusText"]
        assert status.startswith("camera frozen: the same picture again and again")
    # Nothing was asked for.
    wait_for(lambda: installed.health()["status"] == "ok", 60, "ok again")
    assert installed.health()["restarts"]["vision"] > restarts
    assert "camera frozen" in installed.health()["restarts"]["last"]
    assert installed.health()["restarts"]["causes"]["picture_frozen"] >= 1
    installed.poses_go_on()
