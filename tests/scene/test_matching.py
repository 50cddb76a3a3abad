"""The assignment, against trying everything."""

import math
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from edgepose.scene.matching import assign
from tests.messages.poses import QUICK

LIMIT = 10.0

costs = st.one_of(
    st.floats(0, 15), st.integers(0, 4).map(float), st.sampled_from([math.inf, math.nan, -3.0])
)
tables = st.tuples(st.integers(0, 4), st.integers(0, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(costs, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0]
    )
)


def total(table: list[list[float]], chosen: tuple[int | None, ...]) -> float:
    return sum(
        LIMIT if column is None else row[column] for row, column in zip(table, chosen, strict=True)
    )


def allowed(table: list[list[float]], chosen: tuple[int | None, ...]) -> bool:
    taken = [column for column in chosen if column is not None]
    return len(set(taken)) == len(taken) and all(
        column is None or row[column] < LIMIT for row, column in zip(table, chosen, strict=True)
    )


@QUICK
@given(tables)
def test_nothing_is_cheaper(table: list[list[float]]) -> None:
    chosen = tuple(assign(table, LIMIT))
    columns: list[int | None] = [None, *range(len(table[0]) if table else 0)]
    every = product(columns, repeat=len(table))
    best = min(total(table, each) for each in every if allowed(table, each))
    assert allowed(table, chosen)
    assert math.isclose(total(table, chosen), best, abs_tol=1e-9)


def test_a_good_match_is_not_given_up_for_two_bad_ones() -> None:
    assert assign([[0.0, 9.0], [9.0, math.inf]], LIMIT) == [0, None]
    assert assign([[0.0, 4.0], [4.0, math.inf]], LIMIT) == [1, 0]
