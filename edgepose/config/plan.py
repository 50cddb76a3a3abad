"""What a change of the configuration means: each key with its old value, its new one and its cost.

Owns the comparison and how a change is told. A secret's values are never told. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edgepose.config.declare import Cost
from edgepose.config.keys import keys
from edgepose.config.model import Config
from edgepose.config.yaml_value import flow

MASK = "***"
"""What stands for the value of a secret key, where it has one."""


@dataclass(frozen=True, slots=True)
class Change:
    """A key that got another value; `str()` tells it to a person."""

    key: str
    old: object
    new: object
    cost: Cost
    secret: bool = False

    def __str__(self) -> str:
        old, new = map(flow, self.shown())
        return f"{self.key}: {old} -> {new}"

    def shown(self) -> tuple[object, object]:
        """The old value and the new one, as anybody may see them."""
        return shown(self.old, secret=self.secret), shown(self.new, secret=self.secret)


def plan(old: Config, new: Config) -> list[Change]:
    """Every key whose value differs, in the order of the declarations."""
    before, after = values(old), values(new)
    return [
        Change(key.name, before[key.name], after[key.name], key.cost, key.secret)
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
            inner[last] = shown(inner[last], secret=True)
    return whole


def shown(value: object, *, secret: bool) -> object:
    """The value, or what stands for it."""
    return MASK if secret and value is not None else value


def _at(whole: Mapping[str, object], path: tuple[str, ...]) -> object:
    found: object = whole
    for name in path:
        assert isinstance(found, Mapping)
        found = found[name]
    return found
