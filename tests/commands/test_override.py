"""Keys that the command `set` has set: checked as in a file, live ones only."""

from typing import Any

import pytest

from edgepose.commands.override import Overrides, checked
from edgepose.commands.refusal import Refusal
from edgepose.config.declare import Cost
from edgepose.config.keys import Key, keys
from edgepose.config.model import Config, Health
from edgepose.config.plan import plan, values
from tests.config.beside import beside

LOCKED = ("commands.enabled", "live.", "snapshot.")
LIVE = [key for key in keys() if key.cost is Cost.LIVE and not key.name.startswith(LOCKED)]


def refused(asked: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(Refusal) as error:
        checked(asked)
    return error.value.error, str(error.value)


def plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("key", LIVE, ids=lambda key: key.name)
def test_every_live_key_can_be_set(key: Key) -> None:
    value = not key.default if isinstance(key.default, bool) else key.example
    assert checked({key.name: plain(value)}) == {key.name: value}


@pytest.mark.parametrize("key", [k for k in keys() if k not in LIVE], ids=lambda key: key.name)
def test_no_other_key_can(key: Key) -> None:
    around = {f"{key.path[0]}.{name}": value for name, value in beside(key.name).items()}
    error, message = refused({key.name: plain(key.example), **around})
    # A rule across keys may be broken by one key alone: camera.source without camera.uri.
    assert error in ("not_live", "out_of_range")
    if error == "not_live":
        assert message.startswith(f"{key.name}: only the config file can change it; live are ")
        assert all(live.name in message for live in LIVE)


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"camera.rate": 500}, "out_of_range", "camera.rate: 500 is too large, allowed 0 to 120"),
        ({"health.interval": "10"}, "out_of_range", "what stands in quotes is text"),
        ({"messages.formats": []}, "out_of_range", "messages.formats: "),
        ({"commands.enabled": False}, "not_live", "only the config file"),
        ({"live.enabled": True}, "not_live", "only the config file"),
        ({"live.camera_picture": True}, "not_live", "only the config file"),
        ({"snapshot.camera_picture": True}, "not_live", "only the config file"),
        ({"camera.ratte": 5}, "unknown_key", "camera.ratte: unknown key, did you mean rate?"),
        ({"camera": {"rate": 5}}, "unknown_key", "camera: "),
        ({"nowhere.at.all": 5}, "unknown_key", "nowhere.at.all: unknown key"),
        ({"": 5}, "unknown_key", ": unknown key"),
        ({"\x00.b": 5}, "unknown_key", "unknown key"),
        ({}, "malformed", "no key"),
        ({"health.interval": float("inf")}, "out_of_range", ".inf is no finite number"),
        ({"camera.mirror": "\ud800"}, "out_of_range", '"?" is not true or false'),
    ],
)
def test_a_bad_one_is_told_by_its_name(asked: dict[str, Any], error: str, message: str) -> None:
    told = refused(asked)
    assert told[0] == error
    assert message in told[1]


def test_a_number_may_be_small() -> None:
    # As JSON writes it, it would be text to YAML.
    assert checked({"presence.min_confidence": 1e-05}) == {"presence.min_confidence": 1e-05}


def test_null_is_the_file_s_value_again() -> None:
    overrides = Overrides()
    overrides.set({"health.interval": 5, "camera.mirror": True})
    overrides.set({"health.interval": None, "presence.off_after": 7})
    assert overrides.values == {"camera.mirror": True, "presence.off_after": 7.0}
    overrides.set({"camera.mirror": None})
    assert overrides.values == {"presence.off_after": 7.0}
    with pytest.raises(Refusal):
        overrides.set({"camera.mirror": None, "camera.rate": None})


def test_of_several_all_are_set_or_none() -> None:
    overrides = Overrides()
    with pytest.raises(Refusal):
        overrides.set({"health.interval": 5, "camera.rate": 5})
    assert overrides.values == {}
    overrides.set({"health.interval": 5, "camera.mirror": True})
    in_force = overrides.adopt(Config())
    assert [str(change) for change in plan(Config(), in_force)] == [
        "camera.mirror: false -> true",
        "health.interval: 30 -> 5",
    ]


def test_a_newer_file_has_the_last_word_on_the_keys_that_it_changes() -> None:
    overrides = Overrides()
    overrides.adopt(Config())
    overrides.set({"health.interval": 5, "camera.mirror": True})
    edited = Config(health=Health(interval=60))
    in_force = values(overrides.adopt(edited))
    assert (in_force["health.interval"], in_force["camera.mirror"]) == (60.0, True)
    assert overrides.values == {"camera.mirror": True}
    # Back in the file is not back to what the command had set.
    assert values(overrides.adopt(Config()))["health.interval"] == 30.0
