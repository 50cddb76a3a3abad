"""The README's pictures can be made again, and are what they would be then."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from tests.documents import CHECKOUT
from tests.harness.browser import Browser
from tests.harness.node import Node
from tests.pictures.make import FOLDER, PAGES, make

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("model_full")]

NAMES = {*PAGES, "terminal.webp", "annotated.webp"}
_CELL = 16
"""Dots that are compared as one: numbers and limbs move within them."""
_ALIKE = 0.8
"""Correlation of the cells of two that show the same; 1 is the very same picture."""
Grey = npt.NDArray[np.float64]


def grey(path: Path) -> Grey:
    """The picture in cells."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, path
    height, width = picture.shape
    small = (width // _CELL, height // _CELL)
    return cv2.resize(picture, small, interpolation=cv2.INTER_AREA).astype(np.float64)


def alike(one: Grey, other: Grey) -> bool:
    """Whether they show the same."""
    return bool(np.corrcoef(one.ravel(), other.ravel())[0, 1] > _ALIKE)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, node: Node, packages: Path) -> Path:
    """A folder in which they have just been made."""
    folder = tmp_path_factory.mktemp("pictures")
    with Browser(node, packages) as browser:
        made = make(folder, browser)
    assert {path.name for path in made} == NAMES
    return folder


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_picture_is_what_is_made_now(fresh: Path, name: str) -> None:
    kept, made = grey(FOLDER / name), grey(fresh / name)
    assert kept.shape == made.shape
    assert alike(kept, made)
    # One that is upside down, or in the other colours, would be told from it.
    assert not alike(kept, made[::-1])
    others = [grey(FOLDER / other) for other in NAMES - {name}]
    assert not any(alike(each, made) for each in others if each.shape == made.shape)


def test_they_are_small_and_all_are_in_the_readme() -> None:
    assert {path.name for path in FOLDER.iterdir()} == NAMES
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 300_000
    readme = (CHECKOUT / "README.md").read_text()
    assert all(f".github/pictures/{name}" in readme for name in NAMES)
