"""Which combinations are measured on which machine, and in which order."""

import pytest

from edgepose.bench.settings import Setting, Wish, combinations, in_order
from edgepose.errors import UserError

BOTH = ("mediapipe", "litert")


def shares(found: list[Setting], engine: str) -> list[tuple[int, int]]:
    return [(each.workers, each.threads) for each in found if each.engine == engine]


def test_four_cores_are_shared_in_every_sensible_way() -> None:
    found, left_out = combinations(Wish(BOTH, ["full"]), 4, 8000)
    assert shares(found, "mediapipe") == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert shares(found, "litert") == [
        (1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (3, 1), (4, 1),
    ]  # fmt: skip
    assert left_out == []


def test_one_core_takes_one_of_each() -> None:
    found, _ = combinations(Wish(BOTH, ["lite"]), 1, 8000)
    assert {(each.workers, each.threads) for each in found} == {(1, 1)}


def test_more_than_the_cores_only_where_each_number_was_asked_for() -> None:
    found, _ = combinations(Wish(["litert"], ["full"], threads=[8]), 4, 8000)
    assert shares(found, "litert") == [(1, 8)]
    found, _ = combinations(Wish(["litert"], ["full"], workers=[2, 4], threads=[4]), 4, 8000)
    assert shares(found, "litert") == [(2, 4), (4, 4)]


def test_without_memory_for_a_second_worker_one_is_measured_and_the_rest_told() -> None:
    found, left_out = combinations(Wish(["mediapipe"], ["full"]), 4, 100)
    assert shares(found, "mediapipe") == [(1, 1)]
    assert len(left_out) == 3
    assert "2 workers" in left_out[0]
    assert "100 MB are free" in left_out[0]


def test_an_engine_that_cannot_do_what_was_asked_is_told() -> None:
    found, left_out = combinations(Wish(BOTH, ["full"], threads=[2]), 4, 8000)
    assert {each.engine for each in found} == {"litert"}
    assert left_out == ["mediapipe is left out: it has one thread"]
    with pytest.raises(UserError, match="one thread") as refused:
        combinations(Wish(["mediapipe"], ["full"], threads=[2]), 4, 8000)
    assert refused.value.exit_code == 2


def test_two_passes_give_every_setting_the_same_mean_place() -> None:
    found, _ = combinations(Wish(BOTH, ["lite", "full"]), 4, 8000)
    passes = [in_order(found, number) for number in (0, 1)]
    assert len({passes[0].index(each) + passes[1].index(each) for each in found}) == 1
