"""The walk over the declarations: what the default file, and all that is generated, is made from.

Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from edgepose.address import MASK
from edgepose.config.declare import Cost, Section, declaration, subsection
from edgepose.config.model import Config
from edgepose.config.words import allowed


@dataclass(frozen=True, slots=True)
class Key:
    """One declared key. `allowed` is in words and ends with the unit; `secret`: never print it, but
    for what `shown` leaves of it."""

    path: tuple[str, ...]
    type: Any
    default: object
    allowed: str
    unit: str | None
    text: str
    example: object
    cost: Cost
    secret: bool
    open_part: Callable[[str], str] | None = None

    def shown(self, value: object) -> object:
        """What anybody may see of a value of it."""
        if not self.secret or value is None:
            return value
        return MASK if self.open_part is None else self.open_part(str(value))

    def printed(self, value: object) -> object:
        """What whoever may read the configuration sees of it: of a file with a secret its path.
        Nobody else does: it may be the secret itself, written there by mistake."""
        return value if self.open_part is None else self.shown(value)

    @property
    def name(self) -> str:
        """The key as a person writes it: `camera.rate`."""
        return ".".join(self.path)


@cache
def keys() -> tuple[Key, ...]:
    """Give every declared key, in the order of its declaration."""
    return tuple(_walk(Config, ()))


@cache
def section_at(path: tuple[str, ...]) -> type[Section]:
    """Give the section that a path leads to, `Config` for the empty one.

    Raises `KeyError` where the path leads to no section.
    """
    section: type[Section] = Config
    for name in path:
        inner = subsection(section.model_fields[name])
        if inner is None:
            raise KeyError(name)
        section = inner
    return section


def _walk(section: type[Section], path: tuple[str, ...]) -> list[Key]:
    found: list[Key] = []
    for name, field in section.model_fields.items():
        inner, here = subsection(field), (*path, name)
        if inner is not None:
            found += _walk(inner, here)
            continue
        declared = declaration(field)
        assert declared is not None, "Section refuses a key without a declaration"
        words = allowed(field.annotation, field.metadata)
        found.append(
            Key(
                path=here,
                type=field.annotation,
                default=field.default,
                allowed=words if declared.unit is None else f"{words} {declared.unit}",
                unit=declared.unit,
                text=declared.text,
                example=declared.example,
                cost=declared.cost,
                secret=declared.secret,
                open_part=declared.open_part,
            )
        )
    return found
