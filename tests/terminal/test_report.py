"""The health message as a subscriber reads it."""

from typing import Any

import pytest

from edgepose.service.counters import Counters
from edgepose.terminal import report


def health(**counters: int) -> dict[str, Any]:
    """A health message with these counters, the others 0."""
    return {
        "status": "ok",
        "why": [],
        "camera": "ok",
        "engine": "mediapipe",
        "model": "full",
        "rate": {"camera": 30.0, "pose": 29.5},
        "counters": {**Counters().snapshot(), **counters},
    }


def read(**counters: int) -> report.Report:
    return report.read(health(**counters))


def test_sums_that_hold_leave_nothing_unexplained() -> None:
    found = read(
        captured=100, busy=7, paced=2, observed=90, in_flight=1, published=80, unchanged=10
    )
    assert found.unexplained == 0
    assert found.unexplained_at_the_end == 1
    assert (found.captured, found.published) == (100, 80)
    assert {name: count for name, count in found.drops.items() if count} == {
        "busy": 7,
        "paced": 2,
        "unchanged": 10,
    }


@pytest.mark.parametrize(
    "counters",
    [
        {"captured": 100, "observed": 97, "published": 97},
        {"captured": 97, "observed": 100, "published": 100},
        {"captured": 3, "observed": 3, "published": 6},
        {"captured": 3, "observed": 3, "published": 0},
    ],
)
def test_each_sum_that_is_off_by_three_shows(counters: dict[str, int]) -> None:
    assert read(**counters).unexplained == 3


def test_every_name_of_the_sums_but_their_heads_is_a_drop_or_published() -> None:
    names = set(health()["counters"]) - {"captured", "observed", "in_flight"}
    assert {*read().drops, "published"} == names


def test_what_others_wrote_cannot_touch_the_terminal() -> None:
    body = {**health(), "status": "ok\x1b[2J", "why": ["a\nb", "\x9b31m", "k\u00fchl"]}
    found = report.read(body)
    assert found.status == "ok?[2J"
    assert found.why == ("a?b", "?31m", "k\u00fchl")


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"counters": {}}, {"counters": 7}),
        {**health(), "rate": {"camera": "fast"}},
        {**health(), "counters": {**health()["counters"], "busy": "x"}},
        {**health(), "why": None},
    ],
)
def test_anything_else_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        report.read(body)


def test_a_frame_that_nobody_wanted_is_no_loss() -> None:
    assert read(captured=9, paced=2, busy=3, observed=4, unchanged=3, stale=1).losses == 4
