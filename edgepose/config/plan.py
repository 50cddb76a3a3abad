"""What a change of the configuration means: each key with its old value, its new one and its cost.

Owns the comparison and how a change is told. Of a secret's values no more is told than `Key.shown`
leaves. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edgepose.config.declare import Cost
from edgepose.config.keys import keys
from edgepose.config.model import Config
from edgepose.config.yaml_value import flow


@dataclass(frozen=True, slots=True)
class Change:
    """A key that got another value; `str()` tells it to a person. `old` and `new` are as anybody
    may see them."""

    key: str
    old: object
    new: object
    cost: Cost

    def __str__(self) -> str:
        return f"{self.key}: {flow(self.old)} -> {flow(self.new)}"


def plan(old: Config, new: Config) -> list[Change]:
    """Every key whose value differs, in the order of the declarations."""
    before, after = values(old), values(new)
    return [
        Change(key.name, key.shown(before[key.name]), key.shown(after[key.name]), key.cost)
        for key in keys()
        if before[key.name] != after[key.name]
    ]


def values(config: Config) -> dict[str, object]:
    """The value of every key by its full name."""
    whole = config.model_dump()
    return {key.name: _at(whole, key.path) for key in keys()}


def masked(config: Config) -> dict[str, object]:
    """The whole configuration, section by section, as it may be shown to anybody."""
    whole: dict[str, object] = config.model_dump(mode="json")
    for key in keys():
        if key.secret:
            *sections, last = key.path
            inner = _at(whole, tuple(sections))
            assert isinstance(inner, dict)
            inner[last] = key.shown(inner[last])
    return whole


def _at(whole: Mapping[str, object], path: tuple[str, ...]) -> object:
    found: object = whole
    for name in path:
        assert isinstance(found, Mapping)
        found = found[name]
    return found
