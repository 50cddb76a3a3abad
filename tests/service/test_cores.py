"""How many workers and threads there are, and what is left for others."""

import os

import pytest

from edgepose.service.cores import share

GB = 10**9


@pytest.mark.parametrize(
    ("engine", "cores", "memory", "expected"),
    [
        # A Pi 5, 4 or 3: one core is left.
        ("litert", 4, 8 * GB, (1, 3)),
        ("mediapipe", 4, 8 * GB, (2, 1)),
        # A Zero 2 W has room for one landmarker.
        ("litert", 4, GB // 2, (1, 3)),
        ("mediapipe", 4, GB // 2, (1, 1)),
        ("litert", 2, 2 * GB, (1, 1)),
        ("mediapipe", 2, 2 * GB, (1, 1)),
        ("mediapipe", 3, 2 * GB, (2, 1)),
        ("litert", 1, 2 * GB, (1, 1)),
        ("mediapipe", 1, 2 * GB, (1, 1)),
        ("mediapipe", 16, 16 * GB, (2, 1)),
    ],
)
def test_auto(engine: str, cores: int, memory: int, expected: tuple[int, int]) -> None:
    assert share(engine, "auto", "auto", cores, memory) == expected


@pytest.mark.parametrize("cores", [1, 2, 4, 16])
@pytest.mark.parametrize("engine", ["litert", "mediapipe"])
def test_auto_leaves_a_core(engine: str, cores: int) -> None:
    workers, threads = share(engine, "auto", "auto", cores, 8 * GB)
    assert 1 <= workers * threads <= max(1, cores - 1)


def test_what_is_said_is_done() -> None:
    assert share("litert", 3, 2, 1, GB // 2) == (3, 2)
    assert share("mediapipe", 3, 1, 1, GB // 2) == (3, 1)


def test_mediapipe_has_one_thread_whatever_is_said() -> None:
    assert share("mediapipe", 1, 4, 4, 8 * GB) == (1, 1)


def test_what_is_left_open_is_shared_among_what_is_said() -> None:
    assert share("litert", 3, "auto", 4, GB) == (3, 1)
    assert share("litert", 2, "auto", 8, GB) == (2, 3)
    assert share("litert", 5, "auto", 4, GB) == (5, 1)
    assert share("litert", "auto", 2, 4, GB) == (1, 2)
    assert share("mediapipe", 2, "auto", 8, GB) == (2, 1)


def test_cores_are_those_that_may_be_used() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert share("litert", "auto", "auto", None, GB) == (1, 1)
    finally:
        os.sched_setaffinity(0, before)
