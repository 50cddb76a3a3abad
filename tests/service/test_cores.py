"""How many workers and threads there are, and what is left for others."""

import os

import pytest

from edgepose.service.cores import share


@pytest.mark.parametrize(
    ("engine", "cores", "expected"),
    [
        # Every Pi has four: one is left.
        ("litert", 4, (1, 3)),
        ("mediapipe", 4, (1, 1)),
        ("litert", 2, (1, 1)),
        ("litert", 1, (1, 1)),
        ("litert", 16, (1, 15)),
    ],
)
def test_auto(engine: str, cores: int, expected: tuple[int, int]) -> None:
    assert share(engine, "auto", "auto", cores) == expected


@pytest.mark.parametrize("cores", [1, 2, 4, 16])
@pytest.mark.parametrize("engine", ["litert", "mediapipe"])
def test_auto_leaves_a_core(engine: str, cores: int) -> None:
    workers, threads = share(engine, "auto", "auto", cores)
    assert 1 <= workers * threads <= max(1, cores - 1)


def test_what_is_said_is_done() -> None:
    assert share("litert", 3, 2, 1) == (3, 2)
    assert share("mediapipe", 3, 1, 1) == (3, 1)


def test_mediapipe_has_one_thread_whatever_is_said() -> None:
    assert share("mediapipe", 1, 4, 4) == (1, 1)


def test_what_is_left_open_is_shared_among_what_is_said() -> None:
    assert share("litert", 3, "auto", 4) == (3, 1)
    assert share("litert", 2, "auto", 8) == (2, 3)
    assert share("litert", 5, "auto", 4) == (5, 1)
    assert share("litert", "auto", 2, 4) == (1, 2)
    assert share("mediapipe", 2, "auto", 8) == (2, 1)


def test_cores_are_those_that_may_be_used() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert share("litert", "auto", "auto", None) == (1, 1)
    finally:
        os.sched_setaffinity(0, before)
