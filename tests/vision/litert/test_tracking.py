"""LiteRT from picture to picture: the detector costs half a person and runs only when it may find
somebody, nobody is looked at twice, and more threads see the same."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.harness.sandboxed import sandboxed
from tests.vision import looking
from tests.vision.looker import LIMIT_S, options
from tests.vision.looking import Work

NEVER = range(0)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


def counts(done: list[Work]) -> list[tuple[int, int, int]]:
    """Runs of the detector so far, looks for landmarks, people found; for each picture."""
    return [(work.runs, len(work.looked), work.people) for work in done]


def test_who_stands_is_detected_once(pool: ProcessPoolExecutor, model_full: Path) -> None:
    done = pool.submit(
        looking.work_done, options(model_full), "standing", range(0, 60, 2), NEVER
    ).result(LIMIT_S)
    # Once on the black picture that every engine is opened with.
    assert counts(done) == [(2, 1, 1)] * 30


def test_the_detector_runs_again_once_nobody_is_there(
    pool: ProcessPoolExecutor, model_full: Path
) -> None:
    done = counts(
        pool.submit(
            looking.work_done, options(model_full), "standing", range(30), range(10, 15)
        ).result(LIMIT_S)
    )
    assert done[:10] == [(2, 1, 1)] * 10
    # In the first black picture it is looked for where it was, then anywhere.
    assert done[10:15] == [(2, 1, 0), (3, 0, 0), (4, 0, 0), (5, 0, 0), (6, 0, 0)]
    assert done[15:] == [(7, 1, 1)] * 15


@pytest.mark.parametrize(
    ("scene", "num_poses", "numbers"),
    [("walking", 1, range(0, 126, 3)), ("two_people", 2, range(0, 75, 3)), ("empty", 1, range(5))],
)
def test_the_detector_runs_exactly_while_somebody_may_be_missing(
    pool: ProcessPoolExecutor, model_full: Path, scene: str, num_poses: int, numbers: range
) -> None:
    wanted = options(model_full, num_poses=num_poses)
    done = pool.submit(looking.work_done, wanted, scene, numbers, NEVER).result(LIMIT_S)
    runs, looks, people = (np.array(column) for column in zip(*counts(done), strict=True))
    tracked = np.concatenate([[0], people[:-1]])
    assert np.array_equal(np.diff(runs, prepend=1) == 1, tracked < num_poses)
    assert looks.max() <= num_poses
    if scene == "two_people":
        assert counts(done[5:]) == [(done[4].runs, 2, 2)] * (len(done) - 5)
    if scene == "walking":
        # It leaves the picture and comes again.
        assert 0 in people[people.argmax() :]
        assert runs[-1] > 3


def test_one_person_is_not_looked_at_twice_while_a_second_is_wanted(
    pool: ProcessPoolExecutor, model_full: Path
) -> None:
    wanted = options(model_full, num_poses=2)
    done = pool.submit(looking.work_done, wanted, "standing", range(0, 60, 3), NEVER).result(
        LIMIT_S
    )
    # On every picture: a second one may come in.
    assert counts(done) == [(2 + number, 1, 1) for number in range(20)]
    # Where the detector sees somebody who is tracked, it is the detector that is believed.
    assert all(work.looked == work.detected for work in done)


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "num_poses"), [("waving", 1), ("two_people", 2)])
def test_more_threads_see_the_same(
    pool: ProcessPoolExecutor, model_full: Path, scene: str, num_poses: int
) -> None:
    wanted = [options(model_full, num_poses=num_poses, threads=threads) for threads in (1, 2, 3)]
    one, *more = pool.submit(looking.people_by_threads, "litert", wanted, scene, 15).result(LIMIT_S)
    assert sum(map(len, one)) == 15 * num_poses
    for seen in more:
        assert list(map(len, seen)) == list(map(len, one))
        for ours, theirs in zip(seen, one, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                moved = np.array(a.landmarks) - np.array(b.landmarks)
                assert np.abs(moved[:, :2] * (640, 480)).max() < 1e-3
                assert np.abs(moved[:, 3:]).max() < 1e-4
                assert np.abs(np.array(a.world) - np.array(b.world)).max() < 1e-4
