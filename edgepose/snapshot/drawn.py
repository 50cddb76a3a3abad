"""A pose as a picture in a file. Needs OpenCV. Pure; raises UserError where a picture is none."""

from typing import cast

import cv2
import numpy as np

from edgepose.drawing import Picture, draw, plain
from edgepose.errors import UserError
from edgepose.messages.pose import Pose


def png(pose: Pose, jpeg: bytes = b"") -> bytes:
    """The people of a pose, on plain ground or on the picture in `jpeg`, which is unmirrored."""
    ground = _behind(jpeg, pose) if jpeg else plain(pose.size)
    picture = draw(ground, pose.people, names=pose.set, heads=not jpeg)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return encoded.tobytes()


def _behind(jpeg: bytes, pose: Pose) -> Picture:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise UserError("what came is no picture; try it again")
    if pose.mirrored:
        image = cv2.flip(image, 1)
    return cast(Picture, cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
