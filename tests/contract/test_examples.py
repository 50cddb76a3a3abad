"""Examples keep the contract, and a message that is not quite one does not."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from edgepose.contract.seen import POSES
from edgepose.messages import packed
from tests.harness.published import document, resolve, validator

MESSAGES = document()["components"]["messages"]
SHOWN = [
    pytest.param(name, example["payload"], id=f"{name}: {example['summary']}")
    for name, message in MESSAGES.items()
    for example in message["examples"]
]
CLOSED = {name for name in MESSAGES if name not in ("SetCommand", "Discovery")}


def required(schema: dict[str, Any], value: Any) -> Iterator[tuple[Any, str]]:
    """Each field of a payload that must be there, with the object that it is in."""
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            yield value, name
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from required(inner, value[name])
    if isinstance(value, list) and value and isinstance(schema.get("items"), dict):
        yield from required(schema["items"], value[0])


def objects(schema: dict[str, Any], value: Any) -> Iterator[dict[str, Any]]:
    """Each object of a payload whose fields are named."""
    if isinstance(value, dict) and "properties" in schema:
        yield value
        for name, inner in schema["properties"].items():
            yield from objects(inner, value.get(name))
    if isinstance(value, list) and value and isinstance(schema.get("items"), dict):
        yield from objects(schema["items"], value[0])


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_an_example(name: str) -> None:
    assert MESSAGES[name]["examples"]


@pytest.mark.parametrize(("name", "payload"), SHOWN)
def test_an_example_keeps_the_contract(name: str, payload: Any) -> None:
    validator(MESSAGES[name]).validate(payload)


@pytest.mark.parametrize(("name", "payload"), SHOWN)
def test_without_a_field_that_must_be_there_it_does_not(name: str, payload: Any) -> None:
    payload = copy.deepcopy(payload)
    check = validator(MESSAGES[name])
    for inside, field in required(resolve(MESSAGES[name]["payload"]), payload):
        kept = inside.pop(field)
        assert not check.is_valid(payload), field
        inside[field] = kept
    assert check.is_valid(payload)


@pytest.mark.parametrize(("name", "payload"), [case for case in SHOWN if case.values[0] in CLOSED])
def test_a_field_that_nobody_knows_is_only_a_readers_to_ignore(name: str, payload: Any) -> None:
    payload = copy.deepcopy(payload)
    check = validator(MESSAGES[name])
    for each in objects(resolve(MESSAGES[name]["payload"]), payload):
        each["nobody_knows"] = 1
        assert not check.is_valid(payload)
        # As published it is open.
        assert type(check)(resolve(MESSAGES[name]["payload"])).is_valid(payload)
        del each["nobody_knows"]


def test_the_bytes_shown_are_those_of_the_poses_shown() -> None:
    shown = {each["summary"]: each["payload"] for each in MESSAGES["PosePacked"]["examples"]}
    assert {name: bytes.fromhex(text) for name, text in shown.items()} == {
        name: packed.encode(pose) for name, pose in POSES.items()
    }


def test_the_sums_of_the_books_hold_in_the_example() -> None:
    books = MESSAGES["Health"]["examples"][0]["payload"]["counters"]
    lost = ("paced", "busy", "refused", "engine_lost", "link_full", "crashed", "in_flight")
    fates = ("published", "offline", "backpressure", "unchanged", "stale")
    assert books["captured"] == books["observed"] + sum(books[name] for name in lost)
    assert books["observed"] == sum(books[name] for name in fates)
