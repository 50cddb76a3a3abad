"""Both sums of the books hold at every moment, whatever happens in whatever order."""

import os
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.messages.page import COUNTERS, Counter, Page
from edgepose.service.counters import Counters, Fate
from tests.harness.books import FATES, LOST, unexplained
from tests.messages.poses import QUICK

LOSSES: list[Counter] = [name for name in COUNTERS if name != "captured"]
OUTCOMES: list[Fate] = list(get_args(Fate))
STEPS = st.sampled_from(["capture"] * 6 + ["start", "end"] * 2 + [*LOSSES, *OUTCOMES])


@contextmanager
def new_page() -> Iterator[Page]:
    fd = Page.create()
    page = Page(fd)
    os.close(fd)
    yield page
    page.close()


class Run:
    """A vision process, as far as the books see it: what it counts and what it sends."""

    def __init__(self, counters: Counters, new: Callable[[], Page]) -> None:
        self.page: Page | None = None
        self.expected: Tally[str] = Tally()
        self.in_flight = 0
        self._counters = counters
        self._new = new

    def step(self, what: str) -> None:
        """Do one thing, if it can happen now."""
        if what == "start":
            if self.page is None:
                self.page = self._new()
                self._counters.begin_run(self.page)
        elif what == "end":
            # Also without a run: then nothing happens.
            self._counters.end_run()
            self.expected["crashed"] += self.in_flight
            self.page, self.in_flight = None, 0
        elif self.page is None:
            return
        elif what == "capture":
            self.page.count("captured")
            self.expected["captured"] += 1
            self.in_flight += 1
        elif self.in_flight:
            self._meet(what, self.page)
            self.expected[what] += 1
            self.in_flight -= 1

    def _meet(self, what: str, page: Page) -> None:
        for loss in LOSSES:
            if what == loss:
                page.count(loss)
        for outcome in OUTCOMES:
            if what == outcome:
                self._counters.book(outcome)


@QUICK
@given(st.lists(STEPS, min_size=10, max_size=100))
def test_the_sums_hold_at_every_moment(steps: list[str]) -> None:
    counters = Counters()
    with ExitStack() as pages:
        run = Run(counters, lambda: pages.enter_context(new_page()))
        for what in ["start", *steps]:
            run.step(what)
            books = counters.snapshot()
            assert unexplained(books) == (0, 0)
            assert books["in_flight"] == run.in_flight
            assert {name: books[name] for name in (*LOST, *FATES)} == {
                name: run.expected[name] for name in (*LOST, *FATES)
            }
            assert counters.captured == books["captured"] == run.expected["captured"]
            assert counters.observed == sum(run.expected[name] for name in FATES)


def test_the_snapshot_has_all_names_of_both_sums() -> None:
    books = Counters().snapshot()
    assert books == dict.fromkeys(["captured", *LOST, "observed", "in_flight", *FATES], 0)


def test_what_a_dead_run_left_in_flight_is_crashed() -> None:
    counters = Counters()
    with new_page() as page:
        counters.begin_run(page)
        for _ in range(5):
            page.count("captured")
        page.count("paced")
        counters.book("published")
        assert counters.snapshot()["in_flight"] == 3
        counters.end_run()
    # The page is gone, what it told is not; the next run's frames are numbered from here.
    books = counters.snapshot()
    assert (books["crashed"], books["in_flight"]) == (3, 0)
    assert counters.captured == 5
    with new_page() as page:
        counters.begin_run(page)
        page.count("captured")
        assert counters.captured == 6
        assert counters.snapshot()["in_flight"] == 1
        assert unexplained(counters.snapshot()) == (0, 0)
        counters.end_run()
    assert counters.snapshot()["crashed"] == 4


@pytest.mark.parametrize("fate", OUTCOMES)
def test_each_fate_has_a_name_of_its_own(fate: Fate) -> None:
    counters = Counters()
    with new_page() as page:
        counters.begin_run(page)
        page.count("captured")
        counters.book(fate)
        books = counters.snapshot()
    assert {name for name, n in books.items() if n} == {"captured", "observed", fate}
