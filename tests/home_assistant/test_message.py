"""What a real Home Assistant was seen to ask of a device message, one test for each rule."""

import json
import re
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from edgepose.messages.command import NAMES
from edgepose.messages.happening import EventType
from edgepose.messages.report import Status
from tests.home_assistant.made import PAGE, TOPICS, message

GOLDEN: Final = Path(__file__).with_name("hallway.json")
ENABLED: Final = {
    "presence": "binary_sensor",
    "people": "sensor",
    "camera_problem": "binary_sensor",
    "camera_picture": "binary_sensor",
    "detection": "switch",
    "status": "sensor",
    "restart_vision": "button",
    "activity": "event",
}
DIAGNOSTIC: Final = {
    "camera_rate",
    "pose_rate",
    "delay",
    "lost_frames",
    "temperature",
    "memory_daemon",
    "memory_vision",
    "vision_restarts",
    "version",
}
EVERY: Final = {
    "platform",
    "unique_id",
    "default_entity_id",
    "name",
    "icon",
    "device_class",
    "enabled_by_default",
    "entity_category",
    "json_attributes_topic",
    "json_attributes_template",
    "qos",
}
OF_PLATFORM: Final = {
    "binary_sensor": {"state_topic", "value_template", "payload_on", "payload_off"},
    "sensor": {
        "state_topic",
        "value_template",
        "options",
        "state_class",
        "suggested_display_precision",
        "unit_of_measurement",
    },
    "switch": {
        "state_topic",
        "value_template",
        "command_topic",
        "payload_on",
        "payload_off",
        "state_on",
        "state_off",
    },
    "button": {"command_topic", "payload_press"},
    "event": {"state_topic", "value_template", "event_types"},
}
"""What Home Assistant's MQTT integration knows of each, as far as we use it."""
CLASSES: Final[dict[str, dict[str, str | None]]] = {
    "binary_sensor": {"occupancy": None, "problem": None},
    "sensor": {"enum": None, "duration": "ms", "temperature": "°C", "data_size": "MB"},
    "button": {"restart": None},
}
"""Its device classes, each with the one of its units that we use."""
UNTRUSTED_NAMES: Final = ["Küche", "  Café 2 ", "門", "a.b/c", "!", "0"]

MESSAGE: Final = message()
COMPONENTS: Final[dict[str, dict[str, Any]]] = MESSAGE["components"]
each = pytest.mark.parametrize("key", COMPONENTS)


def test_it_is_the_one_that_was_looked_at() -> None:
    """After a change on purpose: write `message()` there, indented by 2, and look at it again."""
    assert json.loads(GOLDEN.read_text()) == MESSAGE


def test_it_says_which_device_and_who_says_so() -> None:
    assert MESSAGE["device"]["identifiers"] == ["edgepose_hallway"]
    assert MESSAGE["device"]["name"] == "Hallway"
    assert MESSAGE["origin"]["name"] == "edgepose"
    assert MESSAGE["device"]["sw_version"] == MESSAGE["origin"]["sw_version"] == "0.1.0"


def test_it_says_where_the_live_page_is_while_it_is_on() -> None:
    # Its schema takes addresses of http, https and homeassistant, and no null.
    assert MESSAGE["device"]["configuration_url"] == PAGE
    assert "configuration_url" not in message(page=None)["device"]


@each
def test_each_component_has_a_platform_that_is_known(key: str) -> None:
    assert COMPONENTS[key]["platform"] in OF_PLATFORM


def test_each_component_has_an_id_of_its_own() -> None:
    ids = [component["unique_id"] for component in COMPONENTS.values()]
    ids += [component["unique_id"] for component in message(id="hall")["components"].values()]
    assert len(set(ids)) == 2 * len(COMPONENTS)


def test_the_ids_follow_the_device_and_not_its_name() -> None:
    renamed = message("Entrance")["components"]
    assert {k: c["unique_id"] for k, c in renamed.items()} == {
        k: c["unique_id"] for k, c in COMPONENTS.items()
    }


def test_it_holds_no_key_that_would_be_an_error() -> None:
    assert set(MESSAGE) == {"device", "origin", "availability_topic", "components"}
    assert set(MESSAGE["device"]) <= {
        "identifiers",
        "name",
        "manufacturer",
        "model",
        "sw_version",
        "configuration_url",
    }
    assert set(MESSAGE["origin"]) <= {"name", "sw_version", "support_url"}


@each
def test_it_holds_no_key_that_would_be_dropped_without_a_word(key: str) -> None:
    assert set(COMPONENTS[key]) <= EVERY | OF_PLATFORM[COMPONENTS[key]["platform"]]


@pytest.mark.parametrize("name", ["Hallway", *UNTRUSTED_NAMES])
def test_the_entity_id_has_its_domain_and_only_what_it_may_have(name: str) -> None:
    for component in message(name)["components"].values():
        domain, _, rest = component["default_entity_id"].partition(".")
        assert domain == component["platform"]
        assert re.fullmatch("[a-z0-9]+(_[a-z0-9]+)*", rest)
        assert "object_id" not in component


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hallway", "binary_sensor.hallway_presence"),
        ("Küche", "binary_sensor.kuche_presence"),
        ("門", "binary_sensor.gate_2_presence"),
    ],
)
def test_the_entity_id_is_of_the_name_or_else_of_the_device(name: str, expected: str) -> None:
    assert message(name, "Gate-2")["components"]["presence"]["default_entity_id"] == expected


@each
def test_only_what_is_no_sensor_may_be_a_setting(key: str) -> None:
    category = COMPONENTS[key].get("entity_category")
    assert category in (None, "diagnostic", "config")
    if COMPONENTS[key]["platform"] in ("sensor", "binary_sensor", "event"):
        assert category != "config"


@each
def test_a_unit_fits_its_device_class(key: str) -> None:
    component = COMPONENTS[key]
    if "device_class" in component:
        unit = CLASSES[component["platform"]][component["device_class"]]
        assert component.get("unit_of_measurement") == unit


@each
def test_an_enum_has_options_and_no_unit(key: str) -> None:
    component = COMPONENTS[key]
    assert ("options" in component) == (component.get("device_class") == "enum")
    if "options" in component:
        assert not {"unit_of_measurement", "state_class"} & set(component)


@each
def test_each_component_has_a_name_of_its_own(key: str) -> None:
    # Without one it would be called by its device class, with null by the device.
    names = [component["name"] for component in COMPONENTS.values()]
    assert COMPONENTS[key]["name"]
    assert names.count(COMPONENTS[key]["name"]) == 1
    assert "Hallway" not in COMPONENTS[key]["name"]


def test_all_of_it_is_unavailable_with_the_device() -> None:
    assert MESSAGE["availability_topic"] == TOPICS.availability
    assert not any("availability" in key for c in COMPONENTS.values() for key in c)


@each
def test_no_state_needs_the_zone_of_a_time(key: str) -> None:
    assert COMPONENTS[key].get("device_class") not in ("timestamp", "date")


@each
def test_nothing_comes_from_the_landmark_stream(key: str) -> None:
    topics = {value for name, value in COMPONENTS[key].items() if name.endswith("_topic")}
    known = {TOPICS.state, TOPICS.event, TOPICS.health, *map(TOPICS.command, NAMES)}
    assert topics <= known


@each
def test_no_number_of_a_single_frame_is_read(key: str) -> None:
    templates = [value for name, value in COMPONENTS[key].items() if name.endswith("_template")]
    for word in ("seq", "last_frame", "people", "zones", "time"):
        assert not any(f"value_json.{word}" in template for template in templates)


def test_whoever_wants_to_see_only_people_sees_little_more() -> None:
    enabled = {k: c for k, c in COMPONENTS.items() if c.get("enabled_by_default", True)}
    assert {key: component["platform"] for key, component in enabled.items()} == ENABLED


def test_every_diagnostic_waits_until_somebody_enables_it() -> None:
    disabled = {k: c for k, c in COMPONENTS.items() if not c.get("enabled_by_default", True)}
    assert set(disabled) == DIAGNOSTIC
    for component in disabled.values():
        assert component["platform"] == "sensor"
        assert component["entity_category"] == "diagnostic"


@each
def test_commands_and_events_arrive_for_certain(key: str) -> None:
    assert COMPONENTS[key]["qos"] == 1
    # A retained command would be done again at each connect.
    assert "retain" not in COMPONENTS[key]


def test_detection_asks_for_pause() -> None:
    switch = COMPONENTS["detection"]
    assert switch["command_topic"] == TOPICS.command("pause")
    assert json.loads(switch["payload_on"]) == {"paused": False}
    assert json.loads(switch["payload_off"]) == {"paused": True}


def test_the_button_asks_with_an_empty_message() -> None:
    button = COMPONENTS["restart_vision"]
    assert button["command_topic"] == TOPICS.command("restart-vision")
    assert button["payload_press"] == ""


def test_without_commands_there_is_nothing_to_press() -> None:
    found = message(commands=False)["components"]
    assert set(COMPONENTS) - set(found) == {"detection", "restart_vision"}
    assert not any("command_topic" in component for component in found.values())


def test_it_knows_every_status_and_every_event() -> None:
    assert COMPONENTS["status"]["options"] == list(get_args(Status))
    assert COMPONENTS["activity"]["event_types"] == list(get_args(EventType))
