"""A snapshot as a picture."""

import cv2
import numpy as np

from edgepose.drawing import COLOURS, GROUND, plain
from edgepose.snapshot.drawn import png
from tests.terminal.people import person, pose


def test_on_plain_ground_there_are_heads_and_in_the_picture_there_are_faces() -> None:
    shown = pose(person())
    jpeg = cv2.imencode(".jpg", plain(shown.size)[:, :, ::-1])[1].tobytes()
    necks = []
    for behind in (b"", jpeg):
        image = cv2.imdecode(np.frombuffer(png(shown, behind), np.uint8), cv2.IMREAD_COLOR_RGB)
        assert image is not None
        necks.append(image[round(0.27 * 480), 320])
    assert np.abs(necks[0].astype(int) - COLOURS[0]).max() < 10
    assert np.abs(necks[1].astype(int) - GROUND).max() < 10
