"""What is wrong with a value, in plain words: pydantic finds it, this says it.

Owns the sentence; what would be allowed comes with the key (`words.py`). Pure. The value of a
secret key never gets into a sentence.
"""

import json
from collections.abc import Mapping

import yaml

from edgepose.config.keys import Key
from edgepose.config.tree import UNREADABLE, value
from edgepose.config.words import short

_WANTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a section of names and values",
    "string_type": "text",
}
_OTHERWISE = {
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "missing": "has too few entries",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
}
_MISREAD = {"int": "is a number", "float": "is a number", "timestamp": "is a date"}


def wrong_value(kind: str, context: Mapping[str, object], node: yaml.Node, key: Key) -> str:
    """Say why a node's value is not taken.

    `kind` and `context` are the type and the context of pydantic's error; `node` is the very
    entry where a list holds the value.
    """
    if _tag(node) == "null":
        return f"nothing is given here, allowed {key.allowed}"
    said = _of_text(kind, context, node) or _of_others(kind, context, node)
    return f"{_shown(node, key)} {said}, allowed {key.allowed}"


def _of_text(kind: str, context: Mapping[str, object], node: yaml.Node) -> str | None:
    """Explain what YAML made of a bare word where text is wanted; None where it is not that."""
    choices = str(context["expected"]) if kind == "literal_error" else ""
    # pydantic lists choices of text in quotes.
    if kind != "string_type" and "'" not in choices:
        return None
    hint = " (text that looks so needs quotes)"
    if choices and f"'{node.value}'" not in choices:
        hint = ""
    if _tag(node) == "bool":
        return f"means {'true' if value(node) else 'false'} in YAML{hint}"
    return f"{_MISREAD[_tag(node)]} in YAML{hint}" if hint and _tag(node) in _MISREAD else None


def _of_others(kind: str, context: Mapping[str, object], node: yaml.Node) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind in _WANTED:
        said = f"is not {_WANTED[kind]}"
        if _tag(node) in ("int", "float") and value(node) is UNREADABLE:
            return f"{said} in plain decimals"
        if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
            return f"{said} (what stands in quotes is text)"
        return said
    return _OTHERWISE.get(kind, "is not allowed")


def _tag(node: yaml.Node) -> str:
    return node.tag.rpartition(":")[2]


def _shown(node: yaml.Node, key: Key) -> str:
    if key.secret:
        return "the value"
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        entries = [_scalar(e) if isinstance(e, yaml.ScalarNode) else "..." for e in node.value]
        return short(f"[{', '.join(entries)}]")
    return "a section of keys"


def _scalar(node: yaml.ScalarNode) -> str:
    if _tag(node) != "str":
        return short(node.value)
    return json.dumps(short(node.value), ensure_ascii=False)
