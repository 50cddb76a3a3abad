"""The engines of several workers: how many, whom they follow, and what when one is no good."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edgepose.errors import UserError
from edgepose.messages.control import Configure
from edgepose.vision import crew
from tests.harness.sandboxed import sandboxed
from tests.vision.alternate import film_tracks
from tests.vision.test_jitter import wish

LIMIT_S = 60
HIPS = slice(23, 25)
ENGINES = ["mediapipe", "litert"]


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


def opened(configure: Configure) -> list[str]:
    """The kinds of engines that are opened. Runs in the sandboxed process."""
    engines = crew.open_engines(configure)
    for engine in engines:
        engine.close()
    return [type(engine).__name__ for engine in engines]


@pytest.mark.parametrize(("workers", "num_poses"), [(1, 1), (3, 1), (2, 2)])
def test_there_is_an_engine_for_each_worker(
    pool: ProcessPoolExecutor, model_full: Path, workers: int, num_poses: int
) -> None:
    wanted = replace(wish("litert", model_full, "standing"), workers=workers, num_poses=num_poses)
    assert pool.submit(opened, wanted).result(LIMIT_S) == ["LiteRtEngine"] * workers


def test_the_workers_of_litert_follow_the_same_person(
    pool: ProcessPoolExecutor, model_full: Path, media: Path
) -> None:
    """With every third frame the engines see the couple in the street 10 times a second, as on a
    small board; left to themselves two engines follow two people from these places on."""
    wanted = replace(wish("litert", model_full, "standing"), workers=2)
    film = str(media / "street-couple.avi")
    for start in (40, 80):
        numbers = range(start, start + 75, 3)
        (track,) = pool.submit(film_tracks, wanted, film, numbers).result(LIMIT_S)
        heights = [np.ptp(rows[:, 1]) for rows in track.values()]
        hips = [rows[HIPS].mean(axis=0) for rows in track.values()]
        jumps = [
            float(np.hypot(*(b - a))) / height
            for (a, b), height in zip(pairwise(hips), heights, strict=False)
        ]
        # The second engine is at work before it can know whom the first one has found.
        later = jumps[2:]
        print(f"\nfrom frame {start}: the longest jump is {max(later):.2f} of the height")
        assert len(track) >= 23
        assert max(later) < 0.25


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_bundle_that_is_none_is_told_once(
    pool: ProcessPoolExecutor, tmp_path: Path, engine: str, workers: int
) -> None:
    bundle = tmp_path / "pose.task"
    bundle.write_bytes(b"not a bundle" * 1000)
    wanted = replace(wish(engine, bundle, "standing"), workers=workers)
    with pytest.raises(UserError, match=r"pose\.task") as caught:
        pool.submit(opened, wanted).result(LIMIT_S)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_smooths_twice_but_mediapipe(model_full: Path, engine: str) -> None:
    wanted = wish(engine, model_full, "standing")
    assert not crew.smooths_here(wanted)
    assert crew.smooths_here(replace(wanted, workers=2))
    # The filter is for one person; of several nobody knows who is who yet.
    assert not crew.smooths_here(replace(wanted, workers=2, num_poses=2))
