"""PyYAML's nodes: the value of one, its tag, its place in the text, and what is in it.

Knows no key. Pure.
"""

import re
from collections.abc import Iterator
from typing import Final

import yaml

from edgepose.config.problem import BREAK
from edgepose.config.words import short

_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset(
    _TAG + name
    for name in ("null", "bool", "int", "float", "str", "timestamp", "value", "seq", "map")
)

# YAML 1.1 also reads 010 as 8, 1:30 as 90 and 1_000 as 1000. Nobody who writes these into a
# configuration means that, or all readers would have to know it.
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_MOST_OF_A_LINE = 200


class Unreadable:
    """The value of a node that YAML takes for a number or a date and we do not."""


UNREADABLE: Final = Unreadable()


def value(node: yaml.Node) -> object:
    """Give the value of a node: null, bool, int, float, text, a list or a mapping from text.

    `UNREADABLE` stands for dates and for numbers in a form other than plain decimal.
    """
    if isinstance(node, yaml.SequenceNode):
        return [value(item) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.tag.removeprefix(_TAG), node.value)
    return {str(name.value): value(entry) for name, entry in node.value}


def tag_problem(node: yaml.Node) -> str | None:
    """Say why a node's tag is refused; None for one that plain YAML gives."""
    tag = node.tag.replace(_TAG, "!!")
    if tag == "!!merge":
        return "merging with << is not read here; write the keys out"
    if node.tag in _KNOWN_TAGS:
        if not (isinstance(node, yaml.ScalarNode) and _rest(node)[:1] == "!"):
            return None
        tag = _rest(node).split(maxsplit=1)[0]
        if tag != "!":
            return None
    return f"the tag {short(tag)} is not read here: put text that begins with ! in quotes"


def source(node: yaml.Node) -> str:
    """What is written on the line of a node, from where it begins."""
    return BREAK.split(_rest(node), maxsplit=1)[0]


def behind(node: yaml.Node) -> str:
    """What is written on the line of a node, from where it ends."""
    return BREAK.split(_from(node.end_mark), maxsplit=1)[0]


def everything(node: yaml.Node) -> Iterator[yaml.Node]:
    """Give a node of a tree that `compose` made, and all that is in it."""
    yield node
    for each in inner(node):
        yield from everything(each)


def inner(node: yaml.Node) -> list[yaml.Node]:
    """The nodes right inside a node, the keys of a mapping among them."""
    if isinstance(node, yaml.MappingNode):
        return [each for entry in node.value for each in entry]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _scalar(tag: str, raw: str) -> object:
    if tag in ("str", "value"):
        return raw
    if tag == "null":
        return None
    if tag == "bool":
        return yaml.SafeLoader.bool_values.get(raw.lower(), UNREADABLE)
    if tag == "int" and _INT.fullmatch(raw):
        return int(raw)
    return float(raw) if tag == "float" and _FLOAT.fullmatch(raw) else UNREADABLE


def _rest(node: yaml.Node) -> str:
    return _from(node.start_mark)


def _from(mark: yaml.Mark) -> str:
    # PyYAML keeps the text where it was given text.
    assert mark.buffer is not None
    return mark.buffer[mark.pointer : mark.pointer + _MOST_OF_A_LINE].rstrip("\0")
