"""The fixtures of the rehearsal. Where it cannot be held, they skip and say why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.vision.sources.actor import ActorSource
from tests.appliance import camera
from tests.appliance.machine import Machine
from tests.appliance.rehearsal import Rehearsal, why_not

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "rehearsal"


@pytest.fixture(scope="session")
def rehearsal() -> Rehearsal:
    """What makes roots and machines; the first time it builds the root, for a minute or two."""
    reason = why_not()
    if reason:
        pytest.skip(f"SKIPPED: {reason}")
    return Rehearsal(CACHE)


@pytest.fixture(scope="session")
def machine(rehearsal: Rehearsal) -> Iterator[Machine]:
    """A Pi that runs, with the drawn person before its camera and its network shared."""
    with rehearsal.pi() as files:
        camera.plug_in(files.root, ActorSource("waving", (640, 480), 0), 30)
        with rehearsal.machine(files) as running:
            yield running
