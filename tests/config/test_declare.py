"""No key without its declaration, and no declaration that its own key would refuse."""

import inspect
from typing import Any

import pytest
from pydantic import ValidationError

from edgepose.config.declare import Cost, Declaration, Section, declaration, key, subsection
from edgepose.config.keys import Key, keys, section_at
from edgepose.config.model import Camera, Config, Mqtt
from tests.config.beside import beside


def leaves(section: type[Section], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every field that is no section, found without the walk under test."""
    found: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        inner = subsection(field)
        if inner is None:
            found[".".join((*path, name))] = field
        else:
            found |= leaves(inner, (*path, name))
    return found


def test_every_leaf_has_a_cost_and_a_sentence() -> None:
    fields = leaves(Config)
    assert len(fields) > 20
    for name, field in fields.items():
        declared = declaration(field)
        assert isinstance(declared, Declaration), name
        assert isinstance(declared.cost, Cost), name
        assert declared.text.endswith("."), name
        assert len(declared.text) < 140, name


def test_the_unit_is_said_once() -> None:
    for each in keys():
        assert each.unit is None or each.allowed.split().count(each.unit) == 1, each.allowed


def test_the_walk_finds_every_leaf_once_and_in_order() -> None:
    assert [each.name for each in keys()] == list(leaves(Config))


def test_cost_and_sentence_cannot_be_left_out() -> None:
    parameters = inspect.signature(key).parameters
    for name in ("cost", "text"):
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[name].default is inspect.Parameter.empty


def test_a_section_refuses_a_key_that_was_not_declared_with_key() -> None:
    with pytest.raises(TypeError, match=r"Bare\.rate is not declared with key\(\)"):

        class Bare(Section, frozen=True):
            rate: int = 5


def test_a_section_refuses_a_number_without_bounds() -> None:
    with pytest.raises(TypeError, match="without `le`"):

        class Unbound(Section, frozen=True):
            rate: int = key(5, cost=Cost.LIVE, text="A rate.", ge=0)


def test_a_section_refuses_a_type_that_has_no_words() -> None:
    with pytest.raises(TypeError, match="has no words"):

        class Wordless(Section, frozen=True):
            name: str = key("a", cost=Cost.LIVE, text="A name.")


def test_a_section_refuses_a_null_default_without_an_example() -> None:
    empty: Any = None
    with pytest.raises(TypeError, match="has no example"):

        class Vague(Section, frozen=True):
            on: bool | None = key(empty, cost=Cost.LIVE, text="On.")


@pytest.mark.parametrize("each", keys(), ids=lambda each: each.name)
@pytest.mark.parametrize("which", ["default", "example"])
def test_default_and_example_are_allowed(each: Key, which: str) -> None:
    value: object = getattr(each, which)
    # As a file holds it: YAML has no tuples. A rule may want a name beside it.
    nested: Any = {each.path[-1]: list(value) if isinstance(value, tuple) else value}
    nested |= beside(each.name)
    section = getattr(Config.model_validate({each.path[0]: nested}), each.path[0])
    assert getattr(section, each.path[-1]) == value


def test_the_cost_and_the_unit_reach_the_json_schema() -> None:
    rate = Camera.model_json_schema()["properties"]["rate"]
    assert (rate["x-cost"], rate["x-unit"]) == ("rebuild-vision", "frames/s")
    assert (rate["minimum"], rate["maximum"], rate["default"]) == (0, 120, 30)
    assert "x-unit" not in Mqtt.model_json_schema()["properties"]["port"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("camera.rate", "0 to 120 frames/s"),
        ("camera.source", "picamera2, actor or uri"),
        ("camera.rotation", "0, 90, 180 or 270 degrees"),
        ("camera.size", "a list of 2 values, each 64 to 4096 pixels"),
        (
            "camera.uri",
            "null or a path or the address of an rtsp, rtsps, http or https stream",
        ),
        ("camera.mirror", "true or false"),
        ("detection.engine", "auto, mediapipe or litert"),
    ],
)
def test_what_is_allowed_is_told_from_the_type(name: str, words: str) -> None:
    assert next(each.allowed for each in keys() if each.name == name) == words


def test_what_holds_secrets_is_secret_and_of_an_address_the_host_is_shown() -> None:
    secret = [each for each in keys() if each.secret]
    assert [each.name for each in secret] == ["camera.uri", "mqtt.password_file", "live.token_file"]
    assert [each.shown("rtsp://a:b@cam/c") for each in secret] == [
        "rtsp://***@cam/***",
        "***",
        "***",
    ]


def test_a_path_leads_to_its_section() -> None:
    assert section_at(()) is Config
    assert section_at(("camera",)) is Camera
    with pytest.raises(KeyError):
        section_at(("camera", "rate"))


def test_a_configuration_cannot_be_changed() -> None:
    config = Config()
    with pytest.raises(ValidationError):
        config.camera.rate = 5  # type: ignore[misc]


def test_rules_hold_for_a_configuration_built_by_hand() -> None:
    with pytest.raises(ValidationError, match=r"camera\.uri is not set"):
        Config(camera=Camera(source="uri"))
    assert Config(camera=Camera(source="uri", uri="a.mp4")).camera.uri == "a.mp4"
