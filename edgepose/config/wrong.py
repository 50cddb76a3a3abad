"""What is wrong with a value, in plain words: pydantic finds it, this says it.

Owns the sentence; what would be allowed comes with the key (`words.py`), and what YAML made of a
bare word from `misread.py`. Pure. The value of a secret key never gets into a sentence.
"""

import json
import re
from collections.abc import Mapping

import yaml

from edgepose.config.keys import Key
from edgepose.config.misread import misread
from edgepose.config.node import UNREADABLE, behind, source, value
from edgepose.config.words import short
from edgepose.config.yaml_words import glued

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
_COMMENT = "nothing is given here, for YAML takes what stands behind # for a comment"
_ONE_NUMBER = re.compile(r"[^0-9+.-]*([+-]?[0-9]+(?:\.[0-9]+)?)[^0-9+.-]*")
_GOES_ON = re.compile(r"[ \t]+#[^\s#]")
_COMMA = re.compile(r"([0-9]+),([0-9]+)")


def wrong_value(kind: str, context: Mapping[str, object], node: yaml.Node, key: Key) -> str:
    """Say why a node's value is not taken.

    `kind` and `context` are the type and the context of pydantic's error; `node` is the very
    entry where a list holds the value.
    """
    if _tag(node) == "null":
        said = _COMMENT if _comment(node) else "nothing is given here"
    else:
        said = _of_text(kind, context, node, key) or _of_others(kind, context, node, key)
        said = f"{_shown(node, key)} {said}"
    return f"{said}, allowed {key.allowed}"


def cut_off(node: yaml.Node) -> str | None:
    """Say that a value, or the end of a text, is gone behind a #; None where none is.

    Hardly anybody writes a comment without a space behind its #, but text may go on so.
    """
    comment = _comment(node)
    if len(comment) > 1 and comment[1] not in " \t#":
        return f"{_COMMENT}: put text that begins with # in quotes, or write null"
    if _tag(node) == "str" and _GOES_ON.match(behind(node)):
        return (
            "YAML takes what stands behind # for a comment: put the whole text in quotes,"
            " or a space behind the #"
        )
    return None


def no_section(node: yaml.Node) -> str:
    """Say what is wrong with a node that stands where a section should."""
    if isinstance(node, yaml.SequenceNode):
        return "a section is wanted here, not a list: lines of `key: value` without a - before them"
    wanted = "a section is wanted here: lines of `key: value`, a space after the colon"
    return glued(source(node)) or wanted


def _of_text(kind: str, context: Mapping[str, object], node: yaml.Node, key: Key) -> str | None:
    """Explain what YAML made of a bare word where text is wanted; None where it is not that."""
    choices = str(context["expected"]) if kind == "literal_error" else ""
    # pydantic lists choices of text in quotes.
    if kind != "string_type" and "'" not in choices:
        return None
    if isinstance(node, yaml.CollectionNode):
        opens = source(node)[:1]
        return f"is no text: a leading {opens} needs quotes" if opens in ("{", "[") else None
    hint = f" (as text, write {json.dumps(short(node.value))})"
    if key.secret:
        hint = " (text that looks so needs quotes)"
    if choices and f"'{node.value}'" not in choices:
        hint = ""
    if _tag(node) == "bool":
        return f"means {'true' if value(node) else 'false'} in YAML{hint}"
    read_as = misread(node)
    if key.secret and read_as:
        read_as = "is a number or a date in YAML"
    return f"{read_as}{hint}" if hint and read_as else None


def _of_others(kind: str, context: Mapping[str, object], node: yaml.Node, key: Key) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind not in _WANTED:
        return _OTHERWISE.get(kind, "is not allowed")
    # A secret is not told by its value, so nothing of it is looked at here.
    numeric = not key.secret and kind in ("int_type", "float_type")
    if numeric and value(node) is UNREADABLE:
        return f"{misread(node)} (write it in plain decimals)"
    said = f"is not {_WANTED[kind]}"
    if kind == "tuple_type" and isinstance(key.example, tuple):
        return f"{said} (one is written [{', '.join(map(str, key.example))}])"
    if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
        return f"{said} (what stands in quotes is text)"
    return f"{said}{_number_in(node.value)}" if numeric and _tag(node) == "str" else said


def _number_in(text: str) -> str:
    """Name the number that a text holds beside a unit, a comma or a stray sign."""
    if match := _COMMA.fullmatch(text):
        return f" (write {match[1]}.{match[2]})"
    match = _ONE_NUMBER.fullmatch(text)
    return f" (write {match[1]} alone)" if match and match[1] != text else ""


def _comment(node: yaml.Node) -> str:
    """The comment that stands where a node has no value."""
    if _tag(node) != "null" or node.value:
        return ""
    behind = source(node).lstrip(" ")
    return behind if behind.startswith("#") else ""


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
