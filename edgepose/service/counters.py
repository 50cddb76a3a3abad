"""The books: where every frame went, over all runs of the vision process.

`captured = paced + busy + refused + engine_lost + link_full + crashed + observed + in_flight`
`observed = published + offline + backpressure + unchanged + stale`
Both hold at every moment. Runs on the daemon's loop.
"""

from typing import Final, Literal, get_args

from edgepose.messages.page import COUNTERS, Counter, Page

Fate = Literal["published", "offline", "backpressure", "unchanged", "stale"]
"""What became of an observation."""
_FATES: Final[tuple[Fate, ...]] = get_args(Fate)
_LOST: Final[tuple[Counter, ...]] = tuple(n for n in COUNTERS if n != "captured")


class Counters:
    """Totals since the daemon started."""

    def __init__(self) -> None:
        self._past: dict[Counter, int] = dict.fromkeys(COUNTERS, 0)
        self._fates: dict[Fate, int] = dict.fromkeys(_FATES, 0)
        self._crashed = 0
        self._missed: int | None = None
        self._page: Page | None = None

    def begin_run(self, page: Page) -> None:
        """A new vision process counts in `page`."""
        self._page = page

    def end_run(self) -> None:
        """The vision process is gone and the link is drained: book what it left in flight."""
        if self._page is None:
            return
        now = self._totals()
        self._missed = self.missed
        self._crashed += self._in_flight(now)
        self._past = now
        self._page = None

    def book(self, fate: Fate) -> None:
        """An observation has met its fate."""
        self._fates[fate] += 1

    @property
    def observed(self) -> int:
        """Observations that reached the daemon."""
        return sum(self._fates.values())

    @property
    def captured(self) -> int:
        """Frames so far; the number that the next run's first frame gets."""
        return self._totals()["captured"]

    @property
    def missed(self) -> int | None:
        """Frames that the camera made and we never saw; None where its stamps do not tell."""
        run = self._page.missed if self._page else None
        return self._missed if run is None else (self._missed or 0) + run

    def snapshot(self) -> dict[str, int]:
        """All names of both sums, and beside them `missed` where it is known."""
        missed = self.missed
        totals = self._totals()
        lost: dict[str, int] = {name: totals[name] for name in _LOST}
        fates: dict[str, int] = {name: self._fates[name] for name in _FATES}
        return {
            "captured": totals["captured"],
            **lost,
            "crashed": self._crashed,
            "observed": self.observed,
            "in_flight": self._in_flight(totals),
            **fates,
            **({} if missed is None else {"missed": missed}),
        }

    def _in_flight(self, totals: dict[Counter, int]) -> int:
        lost = sum(totals[name] for name in _LOST)
        return totals["captured"] - lost - self._crashed - self.observed

    def _totals(self) -> dict[Counter, int]:
        if self._page is None:
            return dict(self._past)
        run = self._page.counters()
        return {name: self._past[name] + run[name] for name in COUNTERS}
