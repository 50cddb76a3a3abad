"""The broker, by one that is there and by what the running service has told."""

import sys
from pathlib import Path
from typing import Any

import pytest

from edgepose.config.access import oneself
from edgepose.config.load import load
from edgepose.doctor.broker import look
from edgepose.doctor.case import Case
from edgepose.doctor.unit import Unit
from tests.harness.broker import Broker
from tests.harness.daemon import config_text


@pytest.mark.parametrize(
    ("state", "health", "said"),
    [
        ("active", {"broker": None}, ("ok", "takes us")),
        # It was kept by an older one.
        ("active", {}, ("ok", "takes us")),
        ("active", {"broker": "lan:1883: a; b"}, ("failure", "no connection: lan:1883: a; b")),
        ("inactive", {"broker": "lan:1883: a"}, ("ok", "takes us")),
    ],
)
def test_the_service_may_have_another_tale_to_tell(
    tmp_path: Path, broker: Broker, state: str, health: dict[str, Any], said: tuple[str, str]
) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text(config_text(broker.port))
    # What the line says is for people.
    unit = Unit({"ActiveState": state, "StatusText": "no broker: c; 30.0 frames/s"})
    (found,) = look(Case(unit, file, load(file), None, health, Path(sys.executable), oneself()))
    assert found.level == said[0]
    assert said[1] in found.message
