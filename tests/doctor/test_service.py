"""What the running service says of itself, by a health message."""

import sys
from pathlib import Path
from typing import Any

import pytest

from edgepose.config.access import oneself
from edgepose.doctor.case import Case
from edgepose.doctor.service import look
from edgepose.doctor.unit import Unit
from edgepose.service.thermal import WORDS

ACTIVE = Unit({"ActiveState": "active", "StatusText": "OLD CONFIG: no; 30.0 frames/s"})
WELL = {"status": "ok", "why": [], "restarts": {"vision": 0}}


def told(**changes: Any) -> list[tuple[str, str]]:
    health = {**WELL, **changes}
    case = Case(ACTIVE, None, None, None, health, Path(sys.executable), oneself())
    return [(each.level, each.message) for each in look(case)]


@pytest.mark.parametrize(
    ("changes", "level", "said"),
    [
        ({}, "ok", "30.0 frames/s"),
        ({"why": ["old config: no", WORDS["throttled"]]}, "ok", "30.0 frames/s"),
        ({"why": ["camera stalled", WORDS["throttled"]]}, "failure", "camera stalled"),
        ({"status": "paused"}, "warning", "detection is paused"),
        ({"status": "starting"}, "warning", "30.0 frames/s"),
        (
            {"restarts": {"vision": 2, "last": "killed"}},
            "warning",
            "2 times; the last time: killed",
        ),
    ],
)
def test_a_health_message(changes: dict[str, Any], level: str, said: str) -> None:
    ((found, message),) = told(**changes)
    assert found == level
    assert said in message
