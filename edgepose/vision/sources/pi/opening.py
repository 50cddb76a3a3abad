"""Open a camera with picamera2; or say in one line why not.

Owns the import of picamera2 and the choice of the camera; how it is set up belongs to `configure`.
Runs on the thread that opens the source. Raises `UserError`.
"""

import logging
import os
from pathlib import Path
from typing import Any

from edgepose.errors import UserError
from edgepose.vision.sources.pi.faults import (
    cannot_open,
    no_camera,
    no_such_camera,
    not_installed,
)


def open_camera(index: int) -> tuple[Any, str]:
    """Open the camera with this number; give it and its model."""
    picamera2, models = find_cameras(index)
    try:
        return picamera2(index), models[index]
    except (RuntimeError, OSError) as error:
        raise cannot_open(name_of(index, models[index]), error, camera_devices()) from error


def find_cameras(index: int) -> tuple[Any, list[str]]:
    """See that the camera with this number is there, and open nothing. Gives picamera2's class and
    the model of each camera."""
    picamera2 = _picamera2()
    try:
        models = [str(info.get("Model", "camera")) for info in picamera2.global_camera_info()]
    except RuntimeError as error:
        raise UserError(f"libcamera does not start: {error}") from error
    if not models:
        raise no_camera(_devices("media*"))
    if index >= len(models):
        raise no_such_camera(index, models)
    return picamera2, models


def name_of(index: int, model: str) -> str:
    """What to call a camera in a sentence."""
    return f"camera {index} ({model})"


def camera_devices() -> list[Path]:
    """The devices by which a camera may be held."""
    return [*_devices("media*"), *_devices("video*")]


def _picamera2() -> Any:
    # Read when libcamera is loaded. Its errors come to us as exceptions, too.
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:ERROR")
    os.environ.setdefault("LIBCAMERA_LOG_NO_COLOR", "1")
    try:
        from picamera2 import Picamera2
    except (ImportError, ValueError) as error:
        # ValueError is how a package built for another numpy ends.
        raise not_installed(error) from error
    # What it logs as an error it also raises, and we say it in one line.
    logging.getLogger("picamera2").setLevel(logging.CRITICAL)
    return Picamera2


def _devices(pattern: str) -> list[Path]:
    return sorted(Path("/dev").glob(pattern))
