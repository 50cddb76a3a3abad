"""The fixtures of the rehearsal. Where it cannot be held, they skip and say why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.vision.sources.actor import ActorSource
from tests.appliance import camera
from tests.appliance.house import UNIT, House, at_work, opened
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


@pytest.fixture(scope="session")
def litert_house(
    rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory, model_full: Path
) -> Iterator[House]:
    """A Pi with edgepose as a service, LiteRT its engine, the drawn person before its camera.

    Between the tests that use it the service is stopped.
    """
    actor = ActorSource("waving", (640, 480), 0)
    with opened(rehearsal, tmp_path_factory.mktemp("house"), model_full, actor, 30) as house:
        broker = f"127.0.0.1:{house.broker.port}"
        house.install("--broker", broker, "--device-id", "pi", "--engine", "litert")
        house.slow_down()
        house.machine.run("systemctl", "stop", UNIT)
        yield house


@pytest.fixture(scope="module")
def installed(litert_house: House) -> Iterator[House]:
    """The same with its service at work. Shared by many tests: each leaves it as it was."""
    with at_work(litert_house) as house:
        yield house
