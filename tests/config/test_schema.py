"""The schema for editors says what the loader says, as far as a schema can.

Both get what stands in a file: the loader the text, the schema what YAML 1.1 makes of it.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from edgepose.config.declare import Section, declaration, subsection
from edgepose.config.generate import default_file
from edgepose.config.keys import Key, keys
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.problem import ConfigError
from edgepose.config.schema import schema
from edgepose.config.yaml_value import flow
from tests.config.beside import lines
from tests.config.test_values import VALUES

VALIDATOR = Draft202012Validator(schema())

TEXT = "checks of text are told in words; as patterns nobody would understand them"
RULE = "a rule across keys"
SPELLING = "a schema sees a number and not its spelling"
LOOSER = {
    r'device: {name: "a\0"}': ("holds a control character", TEXT),
    "mqtt: {base: a/+}": ("holds a wildcard", TEXT),
    "mqtt: {base: $SYS}": ("starts with $", TEXT),
    "mqtt: {base: /a}": ("starts or ends with a slash", TEXT),
    "mqtt: {base: a//b}": ("has an empty level", TEXT),
    "mqtt: {host: a b}": ("holds a space", TEXT),
    "mqtt: {host: 'a:1'}": ("holds a port", TEXT),
    "mqtt: {host: u@a}": ("more than a host", TEXT),
    r'device: {name: "\ud800"}': (r"\ud800", "half a character, which no editor can hold"),
    "mqtt: {password_file: a}": ("username is not", RULE),
    "mqtt: {cafile: a}": ("mqtt.tls is false", RULE),
    "mqtt: {tls: true, keyfile: a}": ("mqtt.certfile is not", RULE),
    "camera: {source: uri}": ("camera.uri is not set", RULE),
    "health: {interval: 010}": ("010", SPELLING),
    "health: {interval: 0x10}": ("0x10", SPELLING),
    "health: {interval: 1:30}": ("1:30", SPELLING),
    "health: {interval: 1_000}": ("1_000", SPELLING),
    "camera: {size: [640.0, 480]}": ("640.0", "640.0 is a whole number in JSON"),
    "camera: {rate: .nan}": (".nan", "JSON has no such number, and no bound refuses it"),
    "mqtt: {port: 1, port: 2}": ("port: 1, port: 2", "a schema sees the last of the two"),
    "mqtt: {<<: {port: 1}}": ("<<", "a schema sees what was merged"),
    "camera: {controls: {Deep: [[null]]}}": ("[[null]]", "of lists in lists it sees two levels"),
}
"""What only the loader refuses: a file, a part of it or of what is said, and why."""


def refusal(path: Path, text: str) -> str | None:
    """What the loader says against a text; None where it takes it."""
    path.write_text(text, encoding="utf-8")
    try:
        load(path)
    except ConfigError as error:
        return "\n".join(problem.message for problem in error.problems)
    return None


def takes(text: str) -> bool:
    """Whether the schema takes a text."""
    return VALIDATOR.is_valid(yaml.safe_load(text))


def compare(path: Path, text: str) -> bool:
    """Hold both against each other; says whether the loader takes the text."""
    said = refusal(path, text)
    if said is None:
        assert takes(text), text
    elif not any(part in said + text for part, _ in LOOSER.values()):
        assert not takes(text), said
    return said is None


def line(key: Key, value: str) -> str:
    """A file with one key, and what a rule wants beside it."""
    return f"{key.path[0]}:\n{lines(key.name)}  {key.path[1]}: {value}\n"


def test_it_is_a_schema_and_takes_the_default_file() -> None:
    Draft202012Validator.check_schema(schema())
    assert takes(default_file())


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.name)
def test_loader_and_schema_agree_on_values_of_every_kind(tmp_path: Path, key: Key) -> None:
    taken = 0
    for value in VALUES:
        try:
            yaml.safe_load(value)
        except ValueError:
            # A number of more digits than Python reads: no schema gets to see it.
            assert refusal(tmp_path / "c", line(key, value)) is not None
        else:
            taken += compare(tmp_path / "c", line(key, value))
    assert taken < len(VALUES)


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.name)
def test_both_take_the_default_and_the_example(tmp_path: Path, key: Key) -> None:
    for value in (key.default, key.example):
        assert compare(tmp_path / "c", line(key, flow(value)))


NUMBERS = [key for key in keys() if key.type in (int, float)]


@pytest.mark.parametrize("key", NUMBERS, ids=lambda key: key.name)
def test_both_hold_the_bounds_of_a_number(tmp_path: Path, key: Key) -> None:
    least, most = (int(word) for word in key.allowed.split(" ")[:3:2])
    step = 1 if key.type is int else 0.001
    for value, good in ((least, 1), (most, 1), (least - step, 0), (most + step, 0)):
        assert compare(tmp_path / "c", line(key, str(value))) == good
        assert takes(line(key, str(value))) == good


def text(length: int) -> str:
    return "x" * length


OTHER_BOUNDS: dict[str, tuple[list[object], list[object]]] = {
    "device.id": ([text(1), text(64)], ["", text(65), "a.b", "ä"]),
    "device.name": ([text(1), text(64)], ["", text(65)]),
    "camera.uri": ([text(1), text(4096)], ["", text(4097)]),
    "camera.size": ([[64, 64], [4096, 4096]], [[63, 64], [64, 4097], [64], [64] * 3]),
    "camera.rotation": ([0, 270], [1, 360, -90, "90", False]),
    "camera.controls": ([{"A": [1, [2]]}, {"A": True, "B": "b"}], [{"A": None}, {"A": {}}, [1]]),
    "detection.model": (["heavy", "a.task"], ["", "Lite", "a.tflite", text(4092) + ".task"]),
    "detection.workers": ([1, 8, "auto"], [0, 9, 1.5, "1", "all", True]),
    "detection.threads": ([1, 8, "auto"], [0, 9, 1.5, "1", "all", True]),
    "messages.formats": ([["json"], ["packed", "json"]], [[], ["json", "json"], ["xml"], "json"]),
    "mqtt.host": ([text(1), text(255), "::1"], ["", text(256)]),
    "mqtt.base": ([text(1), text(128), "a/b c"], ["", text(129)]),
    "mqtt.version": ([5, 5.0, "5", "5.0", "3.1.1", "auto"], [3, 4, 3.1, "3", True, "latest"]),
    "mqtt.username": ([text(1), text(1024)], ["", text(1025)]),
    "mqtt.password_file": ([text(1), text(4096)], ["", text(4097)]),
    "mqtt.cafile": ([text(1), text(4096)], ["", text(4097)]),
    "mqtt.certfile": ([text(1), text(4096)], ["", text(4097)]),
    "mqtt.keyfile": ([text(1), text(4096)], ["", text(4097)]),
    "home_assistant.prefix": ([text(1), text(128), "a/b c"], ["", text(129)]),
}


@pytest.mark.parametrize("name", OTHER_BOUNDS)
def test_both_hold_bounds_that_are_no_number_s(tmp_path: Path, name: str) -> None:
    key = next(key for key in keys() if key.name == name)
    good, bad = OTHER_BOUNDS[name]
    for value in good:
        assert compare(tmp_path / "c", line(key, yaml.safe_dump(value, default_flow_style=True)))
    for value in bad:
        written = line(key, yaml.safe_dump(value, default_flow_style=True))
        assert refusal(tmp_path / "c", written) is not None
        assert not takes(written)


@pytest.mark.parametrize(
    "text", ["{}", "camera:\nmqtt: ~\ndevice: {}\n", "camera: {mirror: yes}", "device: {id: '12'}"]
)
def test_both_take_what_looks_odd_and_is_right(tmp_path: Path, text: str) -> None:
    assert compare(tmp_path / "c", text)


@pytest.mark.parametrize(
    "text",
    [
        "~",
        "[]",
        "words",
        "camera: {ratte: 3}",
        "cam: {rate: 3}",
        "camera: []",
        "mqtt: localhost",
        "camera: {rate: 3, Rate: 3}",
        "camera.rate: 3",
        "5: 5",
        "device: {id: 2026-11-22}",
        "device: {name: off}",
    ],
)
def test_neither_takes_what_is_no_key_or_no_section(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path / "c", text) is not None
    assert not takes(text)


@pytest.mark.parametrize("text", LOOSER)
def test_what_only_the_loader_refuses_is_known(tmp_path: Path, text: str) -> None:
    part, _ = LOOSER[text]
    said = refusal(tmp_path / "c", text)
    assert said is not None
    assert part in said + text
    assert takes(text)


def fields(section: type[Section], inside: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    """Each key's field with what the schema says of it; checks the sections on the way."""
    found: list[tuple[Any, dict[str, Any]]] = []
    assert inside["additionalProperties"] is False
    assert list(inside["properties"]) == list(section.model_fields)
    assert inside["description"].endswith(".")
    for name, field in section.model_fields.items():
        told, inner = inside["properties"][name], subsection(field)
        if inner is None:
            found.append((field, told))
        else:
            assert told["type"] == ["object", "null"]
            found += fields(inner, told)
    return found


def test_every_key_is_described_completed_and_priced() -> None:
    found = fields(Config, schema())
    assert len(found) == len(keys())
    for (field, told), key in zip(found, keys(), strict=True):
        declared = declaration(field)
        assert declared is not None
        assert told["description"].startswith(declared.text)
        assert told["description"].endswith(f"Allowed: {key.allowed}. Change: {declared.cost}.")
        assert (told["x-cost"], told.get("x-unit")) == (declared.cost, declared.unit)
        assert flow(told["default"]) == flow(field.default)
        shown = [flow(each) for each in told.get("examples", [key.default])]
        assert shown == [flow(declared.example)]
        assert {"type", "enum", "anyOf"} & set(told)


def test_nothing_of_pydantic_is_left_in_it() -> None:
    whole = schema()
    assert whole["title"] == "edgepose configuration"
    assert "$defs" not in whole
    assert not [told for _, told in fields(Config, whole) if {"title", "$ref"} & set(told)]
