"""What is wrong with a camera, in words that help.

Owns the sentences; opening the camera belongs to `opening`. Runs on the thread that opens. Raises
nothing: it returns the `UserError` to raise.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from edgepose.errors import UserError
from edgepose.vision.sources.pi.holders import holders

_RIGHTS: Final = (
    "the user must be in the group video (sudo usermod -aG video USER), and a service needs "
    "DeviceAllow= for char-media, char-video4linux and char-dma_heap"
)
_MEMORY: Final = (
    "; the Pi is short of contiguous memory: restart it, choose a smaller camera.size, or give it "
    "more (cma=128M in /boot/firmware/cmdline.txt)"
)


class CameraStalled(UserError):
    """A camera that was opened gives no more frames. The process has to be replaced."""


def not_installed(error: Exception) -> UserError:
    """picamera2 cannot be imported."""
    if isinstance(error, ModuleNotFoundError) and error.name == "picamera2":
        what = "picamera2 is not installed"
    elif "numpy" in str(error):
        # Built for numpy 1, met by numpy 2 (raspberrypi/picamera2#116).
        return UserError(
            f"picamera2 cannot be loaded: {_line(error)}; one of the packages beside it was built "
            "for an older numpy, mostly simplejpeg: install simplejpeg 1.9 or later beside edgepose"
        )
    else:
        what = f"picamera2 cannot be loaded: {_line(error)}"
    return UserError(
        f"{what}: sudo apt install python3-picamera2 (Raspberry Pi OS), and edgepose's virtual "
        "environment must be made with --system-site-packages"
    )


def no_camera(media: Iterable[Path]) -> UserError:
    """libcamera sees no camera at all. `media`: the machine's media devices."""
    closed = []
    for path in media:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        except PermissionError:
            closed.append(path)
        except OSError:
            # It is there and may be opened, but is busy or has just gone.
            continue
    if closed:
        return UserError(f"no camera was found, and {closed[0]} may not be opened: {_RIGHTS}")
    return UserError(
        "no camera was found: switch the Pi off and check both ends of the ribbon cable, and "
        "camera_auto_detect=1 in /boot/firmware/config.txt; `rpicam-hello --list-cameras` must "
        "show it"
    )


def no_such_camera(index: int, models: Sequence[str]) -> UserError:
    """There are cameras, but none with this number."""
    there = ", ".join(f"{number} {model}" for number, model in enumerate(models))
    return UserError(f"camera.camera is {index}, and there is no such camera; there is {there}")


def cannot_open(camera: str, error: Exception, devices: Iterable[Path]) -> UserError:
    """picamera2 would not open, set up or start the camera. `devices`: what may be held."""
    chain = list(_causes(error))
    cause = chain[-1]
    if isinstance(cause, PermissionError):
        return UserError(f"{camera} cannot be used: {cause.filename} may not be opened: {_RIGHTS}")
    if not any("busy" in str(each).lower() for each in chain):
        mend = _MEMORY if "allocate" in str(cause).lower() else ""
        return UserError(f"{camera} cannot be used: {_line(cause)}{mend}")
    who = holders(devices)
    if who:
        return UserError(
            f"{camera} is held by another process: {', '.join(who)}; stop it, or let edgepose use "
            "another camera"
        )
    return UserError(
        f"{camera} is held by another process: stop it (`sudo fuser -v /dev/media* /dev/video*` "
        "shows which), or let edgepose use another camera"
    )


def stalled(camera: str, silent_s: float) -> CameraStalled:
    """An opened camera gives no frame."""
    return CameraStalled(
        f"{camera} stalled: no frame for {silent_s:g} s; if it happens again, check its cable and "
        "the Pi's power supply"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
