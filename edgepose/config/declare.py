"""How a key is declared: once, and with everything that is to be known about it.

Owns `key()`, the costs of a change, and `Section`, the base of every group of keys, which refuses
to be defined with a key that lacks its declaration. Does not own the keys (`model.py`).
Pure; frozen values may be read from any thread. Raises `TypeError` for a bad declaration, while
the class is defined.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar, overload

from pydantic import BaseModel, Field, model_validator
from pydantic.fields import FieldInfo

from edgepose.config.words import allowed

# No None: a key that is null by default must give an example.
T = TypeVar("T", bound=str | bool | float | tuple[object, ...] | Mapping[str, object])


class Cost(StrEnum):
    """What a change of a key costs while edgepose runs, the cheapest first."""

    LIVE = "live"
    """Nothing: the next message already follows it."""
    REBUILD_VISION = "rebuild-vision"
    """The camera and the engine start anew: a gap of a few seconds."""
    RECONNECT = "reconnect"
    """The connection to the broker is made anew."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a key is declared with beside its type, default and bounds."""

    cost: Cost
    text: str
    example: object
    unit: str | None
    secret: bool
    open_part: Callable[[str], str] | None

    def __call__(self, schema: dict[str, Any]) -> None:
        """Add to a JSON Schema what it has no word for; pydantic calls this."""
        schema["x-cost"] = self.cost.value
        if self.unit is not None:
            schema["x-unit"] = self.unit


@overload
def key(
    default: None,
    *,
    cost: Cost,
    text: str,
    example: T,
    unit: str | None = None,
    secret: bool = ...,
    open_part: Callable[[str], str] | None = ...,
) -> T | None: ...
@overload
def key(
    default: T,
    *,
    cost: Cost,
    text: str,
    example: T | None = None,
    unit: str | None = None,
    ge: float | None = None,
    le: float | None = None,
    secret: bool = False,
) -> T: ...
def key(
    default: Any,
    *,
    cost: Cost,
    text: str,
    example: Any = None,
    unit: str | None = None,
    ge: float | None = None,
    le: float | None = None,
    secret: bool = False,
    open_part: Callable[[str], str] | None = None,
) -> Any:
    """Declare a key of a `Section`.

    `text` is one sentence for the person who writes the file. `example` shows another value than
    the default, and must be given where the default is null. `unit` stands behind the bounds
    `ge` and `le`. The value of a `secret` key is never printed; `open_part` makes of it what may
    be, where that is more than that there is one. Without an `open_part` the value is the path of a
    file that holds the secret, which `edgepose config` alone prints.

    Returns a pydantic `FieldInfo`; its type says the value's, as pydantic's own `Field` does.
    """
    shown = default if example is None else example
    declared = Declaration(cost, text, shown, unit, secret, open_part)
    # YAML has lists and no tuples; what is in the list stays strict.
    strict = False if isinstance(default, tuple) else None
    return Field(default, ge=ge, le=le, strict=strict, description=text, json_schema_extra=declared)


def declaration(field: FieldInfo) -> Declaration | None:
    """Give what a field was declared with; None for one that `key()` did not make."""
    extra = field.json_schema_extra
    return extra if isinstance(extra, Declaration) else None


def subsection(field: FieldInfo) -> "type[Section] | None":
    """Give the section that a field holds; None for a key."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule across keys of one section that does not hold.

    `keys` are all that the rule looks at, the one to blame first.
    """

    keys: tuple[str, ...]
    message: str


class RulesError(ValueError):
    """All the rules that a section breaks; pydantic carries it in its own error."""

    def __init__(self, broken: tuple[Broken, ...]) -> None:
        super().__init__("; ".join(f"{each.keys[0]}: {each.message}" for each in broken))
        self.broken = broken


class Section(BaseModel, frozen=True, extra="forbid", strict=True):
    """A group of keys. Its docstring's first line is the comment above it in the file."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse a key that was not made by `key()` or whose type has no words."""
        for name, field in cls.model_fields.items():
            if subsection(field) is not None:
                continue
            declared = declaration(field)
            if declared is None:
                raise TypeError(f"{cls.__name__}.{name} is not declared with key()")
            if declared.example is None:
                raise TypeError(f"{cls.__name__}.{name} is null by default and has no example")
            allowed(field.annotation, field.metadata)

    def rules(self) -> Iterator[Broken]:
        """Yield what is wrong between keys that are right one by one."""
        yield from ()

    @model_validator(mode="after")
    def _obey(self) -> Self:
        broken = tuple(self.rules())
        if broken:
            raise RulesError(broken)
        return self
