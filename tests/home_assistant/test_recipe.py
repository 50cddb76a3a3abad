"""The automations that we give to people, on what the real messages make of the entities."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.home_assistant.automation import House
from tests.home_assistant.made import entered, left, message, state

RECIPE = Path(__file__).parents[2] / "config" / "recipes" / "home-assistant.yaml"
TEXT = RECIPE.read_text()
AUTOMATIONS: list[dict[str, Any]] = yaml.safe_load(TEXT)
COMPONENTS = message()["components"]
LIGHT = "light.hallway"


@pytest.fixture
def house() -> House:
    made = House(COMPONENTS, AUTOMATIONS)
    made.available(False)
    made.available(True)
    assert made.done == []
    return made


def test_each_entity_is_one_of_ours_or_the_light() -> None:
    named = set(re.findall(r"entity_id: (\S+)", TEXT))
    enabled = {
        component["default_entity_id"]
        for component in COMPONENTS.values()
        if component.get("enabled_by_default", True)
    }
    assert named <= enabled | {LIGHT}
    assert LIGHT in named


def test_each_automation_has_an_id_and_a_name_of_its_own() -> None:
    for word in ("id", "alias"):
        assert len({each[word] for each in AUTOMATIONS}) == len(AUTOMATIONS) > 0


def test_the_light_follows_whoever_is_there(house: House) -> None:
    for count in (0, 1, 2, 1, 0):
        house.hear("state", state(count))
    assert house.done == [
        ("light.turn_off", LIGHT),
        ("light.turn_on", LIGHT),
        ("light.turn_off", LIGHT),
    ]


def test_the_light_stays_while_nobody_knows_and_goes_off_in_the_end(house: House) -> None:
    house.hear("state", state(1))
    house.done.clear()
    house.hear("state", state(None, "dark"))
    house.available(False)
    assert house.done == []
    house.available(True)
    house.hear("state", state(0))
    assert house.done == [("light.turn_off", LIGHT)]


def test_a_word_is_said_of_each_who_comes(house: House) -> None:
    for said in (entered(), left(), entered()):
        house.hear("event", said)
    assert house.done == [("persistent_notification.create", "Hallway: person 17")] * 2


def test_no_word_is_said_of_what_is_long_over(house: House) -> None:
    house.hear("event", entered(late=True))
    assert house.done == []
    house.hear("event", entered())
    house.done.clear()
    house.available(False)
    house.available(True)
    assert house.done == []


def test_nothing_happens_when_the_device_is_taken_away(house: House) -> None:
    house.hear("state", state(1))
    house.hear("event", entered())
    house.done.clear()
    house.remove()
    assert house.done == []


def test_a_camera_that_does_not_work_is_told_of(house: House) -> None:
    house.hear("state", state(0))
    house.done.clear()
    house.hear("state", state(None, "dark"))
    house.hear("state", state(None, "stalled"))
    assert house.done == [("persistent_notification.create", "Hallway: stalled")]
