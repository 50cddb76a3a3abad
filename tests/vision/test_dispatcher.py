"""MediaPipe's real dispatcher, and what comes of an answer that it loses, doubles or delays."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.harness.sandboxed import sandboxed
from tests.vision import dispatching
from tests.vision.looker import LIMIT_S, options

LOST = f"no answer within {dispatching.LIMIT_S:g} s"


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


def test_an_answer_that_comes_twice_is_taken_once(
    pool: ProcessPoolExecutor, model_full: Path
) -> None:
    seen = pool.submit(dispatching.twice, options(model_full)).result(LIMIT_S)
    assert seen == [1, 0] * 4


def test_an_answer_that_never_comes_is_a_lost_engine(
    pool: ProcessPoolExecutor, model_full: Path
) -> None:
    seen = pool.submit(dispatching.swallowed, options(model_full)).result(LIMIT_S)
    assert seen == [1, LOST]


def test_so_is_a_callback_that_throws(pool: ProcessPoolExecutor, model_full: Path) -> None:
    seen = pool.submit(dispatching.thrown, options(model_full)).result(LIMIT_S)
    assert seen == [1, LOST]


def test_a_late_answer_is_nobody_else_s(pool: ProcessPoolExecutor, model_full: Path) -> None:
    seen = pool.submit(dispatching.late, options(model_full)).result(LIMIT_S)
    assert seen == [1, LOST, 0]
