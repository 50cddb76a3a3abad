"""The JSON Schema (draft 7, as AsyncAPI has it) of a message's dataclass.

`messages/doc.py` says how a field tells what it means, `messages/plain.py` what the underscore at
the end of a name and `Absent` stand for. Objects are open: a later version may say more. Pure.
"""

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticOmit, core_schema

from edgepose.messages.plain import ABSENT

Schema = dict[str, Any]

_ORDER: Final = (
    "description", "$ref", "type", "format", "const", "enum", "pattern",
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
    "x-unit", "required", "properties", "additionalProperties", "items", "examples",
)  # fmt: skip
"""In which a person wants to read the words of a schema; others stand behind them."""


def schema_of(kind: type) -> Schema:
    """The schema of the messages that are encoded from `kind`, a dataclass."""
    found = TypeAdapter(kind).json_schema(mode="serialization", schema_generator=_Generator)
    parts = found.pop("$defs", {})
    return _tidy(found, parts)


class _Generator(GenerateJsonSchema):
    """As pydantic does it, but nothing is absent, and whatever may not be absent is always sent."""

    def literal_schema(self, schema: core_schema.LiteralSchema) -> Schema:
        if ABSENT in schema["expected"]:
            raise PydanticOmit
        return super().literal_schema(schema)

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        # Of these docstrings not every version of pydantic makes the description.
        told = " ".join((schema["cls"].__doc__ or "").split())
        return {**super().dataclass_schema(schema), "description": told}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # noqa: ARG002 - of no meaning for a dataclass
    ) -> bool:
        inner = field["schema"]
        return not (inner["type"] == "default" and inner.get("default") is ABSENT)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def _tidy(schema: Schema, parts: dict[str, Schema]) -> Schema:
    """A schema without references and without what pydantic says of classes."""
    if "$ref" in schema:
        # In draft 7 what stands beside a reference does not count.
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = _with(parts[schema["$ref"].rpartition("/")[2]], beside)
    tidied = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in tidied:
        tidied["properties"] = {
            name.rstrip("_"): _tidy(each, parts) for name, each in tidied["properties"].items()
        }
        if "required" in tidied:
            tidied["required"] = [name.rstrip("_") for name in tidied["required"]]
    for key in ("items", "additionalProperties"):
        if isinstance(tidied.get(key), dict):
            tidied[key] = _tidy(tidied[key], parts)
    if tidied.get("additionalProperties") in (True, {}):
        # It goes without saying, and older versions of pydantic do not say it.
        del tidied["additionalProperties"]
    if "anyOf" in tidied:
        branches = [_tidy(each, parts) for each in tidied.pop("anyOf")]
        tidied = _with(_one(branches), tidied)
    return _ordered(tidied)


def _with(part: Schema, field: Schema) -> Schema:
    """What a field says, and what its type says of itself."""
    told = " ".join(each["description"] for each in (field, part) if "description" in each)
    return {**part, **field, **({"description": told} if told else {})}


def _one(branches: list[Schema]) -> Schema:
    """Alternatives as one schema with several types."""
    special = [branch for branch in branches if set(branch) != {"type"}]
    types = [branch["type"] for branch in branches]
    if len(special) > 1:
        raise TypeError(f"alternatives that a reader cannot tell apart: {branches}")
    merged: Schema = {**(special[0] if special else {}), "type": types}
    if "null" in types and ("enum" in merged or "const" in merged):
        known = merged.pop("enum", None) or [merged.pop("const")]
        merged["enum"] = [*known, None]
    return merged


def _ordered(schema: Schema) -> Schema:
    """The words of a schema, not those inside it, in the order of reading."""
    place = {word: number for number, word in enumerate(_ORDER)}
    return {word: schema[word] for word in sorted(schema, key=lambda w: place.get(w, len(place)))}
