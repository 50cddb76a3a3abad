"""What the tests of the engines share."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from edgepose.models.bundle import Networks, networks
from edgepose.vision.frame import Image
from tests.harness.sandboxed import sandboxed
from tests.vision.looker import Looker


@pytest.fixture(scope="module", params=["mediapipe", "litert"])
def engine(request: pytest.FixtureRequest) -> Iterator[Looker]:
    with sandboxed() as running:
        yield Looker(request.param, running)


@pytest.fixture(scope="module")
def real(model_full: Path) -> Networks:
    return networks(model_full)


@pytest.fixture(scope="module")
def couple(media: Path) -> Image:
    """The first frame of the street film, RGB."""
    reader = cv2.VideoCapture(str(media / "street-couple.avi"))
    read, image = reader.read()
    reader.release()
    assert read
    picture: Image = cv2.cvtColor(cv2.resize(image, (640, 360)), cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return picture
