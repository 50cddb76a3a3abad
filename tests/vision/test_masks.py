"""The masks of the engines show the same people, at the picture's edge and turned as well."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgepose.vision.engines import Mask, Result
from edgepose.vision.frame import Image
from tests.harness import sight
from tests.harness.sandboxed import sandboxed
from tests.vision.looker import LIMIT_S, options

PICTURES: dict[str, Callable[[Image], Image]] = {
    "whole": lambda picture: picture,
    "on the side": np.rot90,
    "cut off on the left": lambda picture: picture[:, 60:],
    "without its feet": lambda picture: picture[:280],
    "every third pixel": lambda picture: picture[::3, ::3],
}


@pytest.fixture(scope="module")
def person(media: Path) -> Image:
    """Somebody alone, RGB, 425 high and 640 wide."""
    picture = cv2.imread(str(media / "000000000785.jpg"))
    assert picture is not None
    shown: Image = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return shown


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


def mask(pool: ProcessPoolExecutor, engine: str, model: Path, picture: Image) -> Mask:
    wanted = options(model, output_segmentation_masks=True)
    (seen,) = pool.submit(sight.still, engine, wanted, picture, [0]).result(LIMIT_S)
    assert isinstance(seen, Result)
    (only,) = seen.masks
    return only


@pytest.mark.parametrize("shown", PICTURES)
def test_the_masks_agree(
    pool: ProcessPoolExecutor, model_full: Path, person: Image, shown: str
) -> None:
    picture = np.ascontiguousarray(PICTURES[shown](person))
    ours, theirs = (mask(pool, engine, model_full, picture) for engine in ("litert", "mediapipe"))
    assert ours.shape == theirs.shape == picture.shape[:2]
    assert ours.dtype == theirs.dtype == np.float32
    assert 0 <= ours.min() <= ours.max() <= 1
    both, either = (ours > 0.5) & (theirs > 0.5), (ours > 0.5) | (theirs > 0.5)
    same = both.sum() / either.sum()
    print(f"\n{shown}: mean difference {np.abs(ours - theirs).mean():.6f}, same {same:.4%}")
    assert either.sum() > 0.01 * either.size
    assert same > 0.99
    assert np.abs(ours - theirs).mean() < 0.001
