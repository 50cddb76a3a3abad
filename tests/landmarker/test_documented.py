"""The lines of Python in the overview do what stands beside them."""

import re
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path

import cv2
import pytest

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource

OVERVIEW = Path(__file__).resolve().parents[2] / "edgepose" / "README.md"
SIZE = (640, 480)


def drawn(scene: str, count: int) -> list[Image]:
    """Frames of a scene, BGR as OpenCV writes them."""
    frames = ActorSource(scene, SIZE, 0).frames(threading.Event())
    return [frame.image[..., ::-1].copy() for frame in islice(frames, count)]


@pytest.mark.slow
def test_the_lines_in_the_overview(tmp_path: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", OVERVIEW.read_text(), re.MULTILINE | re.DOTALL)
    (code,) = (block for block in blocks if "edgepose.landmarker" in block)
    assert cv2.imwrite(str(tmp_path / "picture.jpg"), drawn("two_people", 1)[0])
    film = cv2.VideoWriter(str(tmp_path / "film.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25, SIZE)
    for image in drawn("standing", 5):
        film.write(image)
    film.release()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert done.stdout.splitlines() == ["(2, 33, 5)", "0 1", "40 1", "80 1", "120 1", "160 1"]
