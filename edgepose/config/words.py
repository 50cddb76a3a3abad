"""What a key allows, in words, told from its type.

Owns the phrase behind "allowed"; not what is wrong with a given value (`wrong.py`).
Pure. Raises `TypeError` for a type that has no words, which is a defect of a declaration.
"""

import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Allowed:
    """Stands in an `Annotated` type and says in words what the type's own checks allow."""

    words: str


def either(choices: Sequence[str]) -> str:
    """Join choices as a sentence does: `a, b or c`."""
    return " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))


def allowed(annotation: Any, metadata: Iterable[object] = ()) -> str:
    """Say what values a type with this metadata takes; the unit is the caller's to add."""
    notes = list(_flat(metadata))
    told = next((note.words for note in notes if isinstance(note, Allowed)), None)
    if told is None:
        told = _generic(annotation, notes) or _plain(annotation, notes)
    if told is None:
        raise TypeError(f"{annotation} has no words for what it allows: add Allowed(...) to it")
    return told


def _generic(annotation: Any, notes: list[object]) -> str | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return allowed(arguments[0], arguments[1:])
    if origin in (Union, types.UnionType):
        inner = [each for each in arguments if each is not type(None)]
        return f"null or {either([allowed(each, notes) for each in inner])}"
    if origin is Literal:
        return either([str(choice) for choice in arguments])
    if origin is tuple and Ellipsis not in arguments and len(set(arguments)) == 1:
        return f"a list of {len(arguments)} values, each {allowed(arguments[0])}"
    return None


def _plain(annotation: Any, notes: list[object]) -> str | None:
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        return f"{_bound(notes, 'ge')} to {_bound(notes, 'le')}"
    return None


def number(value: float) -> str:
    """Show a number as a person writes it: 30, not 30.0."""
    return str(int(value)) if value == int(value) else str(value)


def short(text: str) -> str:
    """Cut what somebody else wrote to a length that fits into a sentence."""
    return text if len(text) <= 40 else f"{text[:37]}..."


def _flat(metadata: Iterable[object]) -> Iterable[object]:
    for note in metadata:
        if isinstance(note, FieldInfo):
            yield from note.metadata
        else:
            yield note


def _bound(notes: list[object], side: Literal["ge", "le"]) -> str:
    for note in notes:
        if hasattr(note, side):
            return number(getattr(note, side))
    raise TypeError(f"a number is declared without `{side}`")
