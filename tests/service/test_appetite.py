"""What the vision process may take: the numbers are made up here, a real leak is in tests/whole."""

import pytest

from edgepose.service import proc
from edgepose.service.appetite import Appetite, Limit, limit_mb
from edgepose.service.ended import Ended

S = 1_000_000_000


class Eater:
    """A run that takes what is said."""

    def __init__(self, limit: Limit, needs_mb: int) -> None:
        self.appetite = Appetite()
        self.limit = limit
        self.now_ns = 1000 * S
        assert self.takes(needs_mb) is None
        self.now_ns += 5 * S
        assert self.takes(needs_mb) is None

    def takes(self, memory_mb: int | None, *, nobody: bool = False) -> Ended | None:
        self.now_ns += S // 4
        return self.appetite.look(self.now_ns, 1, memory_mb, self.limit, nobody=nobody)


def test_within_the_bound_nothing_is_said() -> None:
    eater = Eater(300, 200)
    assert eater.takes(300) is None
    assert (eater.appetite.bound_mb, eater.appetite.warning) == (300, None)


def test_above_it_somebody_who_is_there_is_not_interrupted() -> None:
    eater = Eater(300, 200)
    words = "takes 301 MB of memory, more than 300 MB"
    assert eater.takes(301) is None
    assert eater.appetite.warning == f"{words}: it is started again when nobody is there"
    assert eater.takes(301, nobody=True) == Ended("memory", words)


def test_what_goes_down_again_is_forgotten() -> None:
    eater = Eater(300, 200)
    eater.takes(301)
    eater.takes(299)
    assert eater.appetite.warning is None


def test_far_above_it_nobody_is_asked() -> None:
    eater = Eater(300, 200)
    assert eater.takes(375) is None
    assert eater.takes(376) == Ended("memory", "takes 376 MB of memory, more than 300 MB")


def test_a_limit_below_what_it_needs_is_said_and_restarts_nothing() -> None:
    eater = Eater(128, 160)
    for _ in range(100):
        assert eater.takes(160, nobody=True) is None
    assert eater.appetite.bound_mb == 200
    assert eater.appetite.warning == (
        "health.memory_limit 128 MB is less than it needs (160 MB): 200 MB counts instead;"
        " set it to 200 or more, or to auto"
    )
    assert eater.appetite.too_low == 128
    # And a leak is found all the same.
    assert eater.takes(201, nobody=True) is not None


def test_auto_needs_nobody_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "total_mb", lambda: 430)
    eater = Eater("auto", 314)
    assert (eater.appetite.bound_mb, eater.appetite.warning) == (392, None)


def test_a_limit_may_change_while_it_runs() -> None:
    eater = Eater(300, 200)
    assert eater.takes(280, nobody=True) is None
    eater.limit = 199
    eater.takes(200)
    assert eater.appetite.too_low == 199
    eater.limit = 260
    assert eater.takes(280, nobody=True) is not None


def test_nothing_is_judged_while_nothing_is_known() -> None:
    appetite = Appetite()
    for number in range(100):
        assert appetite.look(number * S, 0, 9000, 300, nobody=True) is None
    eater = Eater(300, 200)
    assert eater.takes(None, nobody=True) is None


def test_auto_is_half_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "total_mb", lambda: 4000)
    assert (limit_mb("auto"), limit_mb(700)) == (2000, 700)
    monkeypatch.setattr(proc, "total_mb", lambda: 430)
    assert limit_mb("auto") == 256
    monkeypatch.setattr(proc, "total_mb", lambda: None)
    assert limit_mb("auto") == 256
