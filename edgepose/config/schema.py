"""The JSON Schema of the configuration, by which editors complete, describe and check a file.

Made of what pydantic knows of the types, in the form that editors handle best: no references, no
titles made of names. It takes all that `load.py` takes. It may take more: rules across keys and
the checks of texts have no short form in a schema. Pure.
"""

import json
from typing import Any

from edgepose.config.declare import Section, subsection
from edgepose.config.keys import Key, keys
from edgepose.config.model import Config
from edgepose.config.yaml_value import plain


def schema_file() -> str:
    """Give the schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """Give the schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:edgepose:config",
        "title": "edgepose configuration",
        **_section(Config, ()),
        # A file that holds nothing at all is a mistake; a section that does is none.
        "type": "object",
    }


def _section(section: type[Section], path: tuple[str, ...]) -> dict[str, Any]:
    known = {key.path: key for key in keys()}
    whole = section.model_json_schema()
    inside: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        inner, here = subsection(field), (*path, name)
        if inner is None:
            inside[name] = _key(known[here], whole["properties"][name])
        else:
            inside[name] = _section(inner, here)
    return {
        "description": (section.__doc__ or "").splitlines()[0],
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": inside,
    }


def _key(key: Key, found: dict[str, Any]) -> dict[str, Any]:
    described = ("title", "description", "default")
    examples = {} if key.example == key.default else {"examples": [plain(key.example)]}
    return {
        "description": f"{key.text} Allowed: {key.allowed}. Change: {key.cost}.",
        **_simple({name: each for name, each in found.items() if name not in described}),
        "default": plain(key.default),
        **examples,
    }


def _simple(found: dict[str, Any]) -> dict[str, Any]:
    """Say the same in the words that more editors know."""
    simple = dict(found)
    kinds = simple.get("anyOf", [])
    if {"type": "null"} in kinds[1:] and len(kinds) == 2 and not {"enum", "const"} & set(kinds[0]):
        del simple["anyOf"]
        simple = {**kinds[0], "type": [kinds[0]["type"], "null"], **simple}
    items = simple.get("prefixItems", [])
    if items and all(each == items[0] for each in items):
        del simple["prefixItems"]
        simple["items"] = items[0]
    return simple
