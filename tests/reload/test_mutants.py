"""Whatever stands in the file, a running daemon takes it, refuses it, or takes it back."""

from pathlib import Path

import pytest

from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.mutants import throw
from tests.harness.site import at_work, connects

pytestmark = pytest.mark.usefixtures("model_full")


@pytest.mark.parametrize(
    ("first", "count"),
    [(30, 13), pytest.param(1000, 200, marks=pytest.mark.slow)],
)
def test_mutants(tmp_path: Path, broker: Broker, first: int, count: int) -> None:
    with at_work(tmp_path, broker, {"camera": {"rate": 30}}) as site:
        outcomes = throw(site, count, first)
        print(f"\n{count} mutants: {dict(outcomes)}")
        assert set(outcomes) == {"accepted", "refused", "rolled_back"}
        site.edit({})
        site.wait_health(lambda said: said["status"] == "ok")
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    assert counters["crashed"] == 0
    assert site.stranger.availability() == ["online", "offline"]
    assert len(connects(broker, tmp_path)) == 1
