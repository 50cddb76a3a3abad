"""The schema of a message says what its dataclass says."""

import inspect
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_type_hints

import pytest

from edgepose.contract.schema import schema_of
from edgepose.messages import command, happening, report, state
from edgepose.messages.doc import Doc
from edgepose.messages.plain import ABSENT, Absent

TYPES = sorted(
    {
        found
        for module in (command, happening, report, state)
        for _, found in inspect.getmembers(module, inspect.isclass)
        if is_dataclass(found)
    },
    key=lambda kind: kind.__name__,
)


def said(hint: Any) -> Doc:
    """What a field says of itself: the outermost."""
    return next(each for each in reversed(hint.__metadata__) if isinstance(each, Doc))


def may_be_absent(hint: Any) -> bool:
    return any(each is Absent or may_be_absent(each) for each in get_args(hint))


@pytest.mark.parametrize("kind", TYPES)
def test_it_has_every_field_under_the_name_that_is_sent(kind: type) -> None:
    names = [field.name.removesuffix("_") for field in fields(kind)]
    assert list(schema_of(kind)["properties"]) == names


@pytest.mark.parametrize("kind", TYPES)
def test_whatever_cannot_be_absent_is_required(kind: type) -> None:
    hints = get_type_hints(kind, include_extras=True)
    always = [name.removesuffix("_") for name, hint in hints.items() if not may_be_absent(hint)]
    assert schema_of(kind).get("required", []) == always


@pytest.mark.parametrize("kind", TYPES)
def test_a_field_says_what_it_means_and_its_unit(kind: type) -> None:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        found, doc = schema_of(kind)["properties"][name.removesuffix("_")], said(hint)
        assert found["description"].startswith(doc.text)
        assert found.get("x-unit") == doc.unit
        assert {**found, **doc.schema} == found


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_of_python_is_in_it(kind: type) -> None:
    text = str(schema_of(kind))
    for word in ("$ref", "$defs", "anyOf", "'title'", "'default'", repr(ABSENT.value)):
        assert word not in text


@dataclass(frozen=True)
class Inner:
    """Of a
    type.
    """

    n: int


@dataclass(frozen=True)
class Outer:
    """For the tests below."""

    inner: Annotated[Inner | None, Doc("Of a field.")]
    word: Annotated[Absent | str | None, Doc("A word.", minLength=1)] = ABSENT


def test_a_field_and_its_type_both_have_their_say() -> None:
    assert schema_of(Outer)["properties"]["inner"] == {
        "description": "Of a field. Of a type.",
        "type": ["object", "null"],
        "required": ["n"],
        "properties": {"n": {"type": "integer"}},
    }


def test_what_may_be_absent_or_null_is_only_null_where_it_is_there() -> None:
    assert schema_of(Outer)["properties"]["word"] == {
        "description": "A word.",
        "type": ["string", "null"],
        "minLength": 1,
    }


def test_what_no_reader_can_tell_apart_is_refused() -> None:
    @dataclass
    class Either:
        """One or the other."""

        x: Inner | Annotated[str, Doc("A word.")]

    with pytest.raises(TypeError, match="cannot tell apart"):
        schema_of(Either)
