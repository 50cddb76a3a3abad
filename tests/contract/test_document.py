"""The document hangs together, and leaves out no topic."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from edgepose.contract.channels import TOPICS
from edgepose.contract.document import document
from edgepose.messages.command import NAMES
from edgepose.mqtt.topics import Topics

DOCUMENT = document()
OPERATIONS = DOCUMENT["operations"]


def resolve(reference: str) -> dict[str, Any]:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from references(each)


def address_of(operation: dict[str, Any]) -> Any:
    return resolve(operation["channel"]["$ref"])["address"]


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        assert resolve(reference)


def test_all_that_is_declared_is_used() -> None:
    used = set(references(DOCUMENT))
    for kind, parts in DOCUMENT["components"].items():
        assert {f"#/components/{kind}/{name}" for name in parts} <= used


def test_every_topic_is_there() -> None:
    names = {name for name, value in vars(Topics).items() if isinstance(value, property)}
    ours = {getattr(TOPICS, name) for name in names - {"root", "retained", "probe"}}
    ours |= {TOPICS.command(name) for name in NAMES}
    ours |= {TOPICS.result("{command}")}
    told = [each["address"] for each in DOCUMENT["channels"].values()]
    assert sorted(each for each in told if each) == sorted(ours)


def test_what_is_retained_is_what_a_change_of_name_clears() -> None:
    retained = {
        address_of(each)
        for each in OPERATIONS.values()
        if each.get("bindings", {}).get("mqtt", {}).get("retain")
    }
    assert retained == set(TOPICS.retained)


@pytest.mark.parametrize("name", DOCUMENT["channels"])
def test_a_channel_tells_the_parts_of_its_address(name: str) -> None:
    channel = DOCUMENT["channels"][name]
    told = list(channel.get("parameters", {}))
    assert sorted(told) == sorted(re.findall(r"\{(\w+)\}", channel["address"] or ""))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_names_messages_of_its_channel(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["action"] == ("send" if name.startswith("send") else "receive")
    channel = operation["channel"]["$ref"]
    assert operation["messages"]
    for message in operation["messages"]:
        assert message["$ref"].startswith(f"{channel}/messages/")


@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_answered_where_it_asks_for_it(name: str) -> None:
    (command,) = (each for each in OPERATIONS.values() if address_of(each) == TOPICS.command(name))
    assert command["action"] == "receive"
    (message,) = (resolve(resolve(each["$ref"])["$ref"]) for each in command["messages"])
    location = command["reply"]["address"]["location"].removeprefix("$message.header#/")
    assert location in message["headers"]["properties"]
    # AsyncAPI wants it so where the address is told by the message.
    assert resolve(command["reply"]["channel"]["$ref"])["address"] is None


def test_the_will_is_a_message_on_the_availability_topic() -> None:
    will = DOCUMENT["components"]["serverBindings"]["session"]["mqtt"]["lastWill"]
    how = OPERATIONS["sendAvailability"]["bindings"]["mqtt"]
    assert will["topic"] == address_of(OPERATIONS["sendAvailability"])
    assert (will["qos"], will["retain"]) == (how["qos"], how["retain"])
    assert will["message"] in DOCUMENT["components"]["schemas"]["Availability"]["enum"]
