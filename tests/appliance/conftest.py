"""The fixtures of the rehearsal. Where it cannot be held, they skip and say why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.vision.sources.actor import ActorSource
from tests.appliance import camera
from tests.appliance.house import House, opened
from tests.appliance.machine import Machine
from tests.appliance.rehearsal import Rehearsal, why_not
from tests.harness.wait import wait_for

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
def installed(
    rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory, model_full: Path
) -> Iterator[House]:
    """A Pi with edgepose as a service, LiteRT its engine, the drawn person before its camera.

    Shared by many tests: each leaves it as it was, at work.
    """
    actor = ActorSource("waving", (640, 480), 0)
    with opened(rehearsal, tmp_path_factory.mktemp("house"), model_full, actor, 30) as house:
        broker = f"127.0.0.1:{house.broker.port}"
        house.install("--broker", broker, "--device-id", "pi", "--engine", "litert")
        # It is at work all the time, beside other tests.
        config = house.machine.root / "etc/edgepose/edgepose.yaml"
        config.write_text(config.read_text().replace("\n  rate: 30\n", "\n  rate: 10\n"))
        slower = lambda: house.stranger.configs()[-1]["config"]["camera"]["rate"] == 10  # noqa: E731
        wait_for(slower, 30, "the slower rate")
        house.poses_go_on()
        yield house
