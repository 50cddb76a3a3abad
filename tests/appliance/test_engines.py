"""Which engine the installer chooses, and that nothing of the other one is left.

One machine, in the order of these tests: each goes on where the one before it ended. But the first
looks at that of other tests, where an engine was asked for.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from edgepose.vision.sources.actor import ActorSource
from tests.appliance import processor
from tests.appliance.house import PLACE, UNIT, House, at_work, opened
from tests.appliance.rehearsal import Rehearsal
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]
GRAPHICS = {"libegl1", "libgles2", "libegl-mesa0", "libgl1"}
"""Debian packages that MediaPipe needs and nothing else here."""
OF_MEDIAPIPE = ("mediapipe", "matplotlib", "opencv_contrib_python.libs")


@pytest.fixture(scope="module")
def house(
    rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory, model_full: Path
) -> Iterator[House]:
    scene = ActorSource("standing", (640, 480), 0)
    with opened(rehearsal, tmp_path_factory.mktemp("engines"), model_full, scene, 30) as ready:
        yield ready


def install(house: House, *options: str) -> str:
    """What the installer said; how long it took and what it took is printed."""
    used, began = house.disk(), time.monotonic()
    said = house.install("--broker", f"127.0.0.1:{house.broker.port}", *options).stderr
    print(f"\n{said}within {time.monotonic() - began:.0f} s, ", end="")
    print(f"{(house.disk() - used) / 1e6:+.0f} MB, Debian packages included")
    return said


def finds_a_person(house: House) -> None:
    """Wait for poses that come from now on, somebody in them."""
    had = len(house.stranger.on("/pose"))
    wait_for(lambda: any(p.people for p in house.stranger.poses()[had:]), 60, "a person")


def engine_in_config(house: House) -> str:
    text = (house.machine.root / "etc/edgepose/edgepose.yaml").read_text()
    engine: str = yaml.safe_load(text)["detection"]["engine"]
    return engine


def test_an_engine_that_is_asked_for_comes_alone(litert_house: House) -> None:
    assert litert_house.holds("ai_edge_litert")
    assert [name for name in OF_MEDIAPIPE if litert_house.holds(name)] == []
    assert not GRAPHICS & litert_house.packages()
    assert engine_in_config(litert_house) == "litert"
    with at_work(litert_house) as house:
        finds_a_person(house)
        health = house.health()
    assert (health["engine"], health["engine_why"]) == ("litert", None)
    # The command is there for a person, too.
    assert litert_house.machine.run("edgepose", "--version").stdout.startswith("edgepose ")


def test_where_mediapipe_does_not_start_litert_takes_its_place(
    house: House, litert_house: House
) -> None:
    processor.make_older(house.machine.root)
    said = install(house)
    told = [line for line in said.splitlines() if processor.LAST_WORDS in line]
    assert told == [
        "  engine: litert, because MediaPipe does not work on this machine: " + processor.LAST_WORDS
    ]
    assert house.holds("ai_edge_litert")
    assert [name for name in OF_MEDIAPIPE if house.holds(name)] == []
    # Where it was asked for, nothing of MediaPipe ever came.
    assert house.packages() == litert_house.packages()
    assert engine_in_config(house) == "auto"
    kept = house.machine.root / "opt/edgepose/share/edgepose/engine_why"
    assert kept.read_text() == f"{processor.LAST_WORDS}\n"
    finds_a_person(house)
    health = house.health()
    house.slow_down()
    assert health["engine"] == "litert"
    assert processor.LAST_WORDS in health["engine_why"]
    assert any(processor.LAST_WORDS in e["MESSAGE"] for e in house.machine.journal(UNIT))


def test_installed_again_the_engine_stays(house: House) -> None:
    said = install(house, "--no-start")
    assert "MediaPipe" not in said
    assert house.holds("ai_edge_litert")
    house.poses_go_on()


def test_an_engine_that_cannot_be_installed_is_refused_and_the_one_before_goes_on(
    house: House,
) -> None:
    pid = house.machine.show(UNIT, "MainPID")["MainPID"]
    before = house.packages()
    done = house.install("--engine", "mediapipe", "--wheels", f"/{PLACE}/config", check=False)
    assert done.returncode == 69
    last = done.stderr.splitlines()[-1]
    assert last.startswith("edgepose: mediapipe does not work on this machine: ERROR: No matching")
    assert not list(house.machine.root.glob("opt/edgepose.*/lib"))
    assert house.packages() == before
    assert engine_in_config(house) == "auto"
    assert house.machine.show(UNIT, "MainPID")["MainPID"] == pid
    house.poses_go_on()
