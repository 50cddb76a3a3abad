"""From text to PyYAML's nodes, which know their line and column, and from a node to its value.

Owns the bounds on depth and size, and the words for what YAML itself trips over
(`yaml_words.py`). Knows no key. Raises `ConfigError`.
"""

import re
from typing import Any, Final

import yaml

from edgepose.config.problem import ConfigError, Problem
from edgepose.config.words import short
from edgepose.config.yaml_words import BREAK, explain

MAX_DEPTH = 10
MAX_NODES = 5000
"""After aliases are followed: a few lines of aliases to aliases hold billions of values."""

_TAG = "tag:yaml.org,2002:"
_KNOWN_TAGS = frozenset(
    _TAG + name
    for name in ("null", "bool", "int", "float", "str", "timestamp", "value", "seq", "map")
)

# YAML 1.1 also reads 010 as 8, 1:30 as 90 and 1_000 as 1000. Nobody who writes these into a
# configuration means that, or all readers would have to know it.
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


class Unreadable:
    """The value of a node that YAML takes for a number or a date and we do not."""


UNREADABLE: Final = Unreadable()


class _BoundError(Exception):
    def __init__(self, mark: yaml.Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark


_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"
_TOO_LARGE = f"holds more than {MAX_NODES} values, its aliases followed"
_MOST_OF_A_LINE = 200
_UNUSED = "a leading & has a meaning in YAML that nothing here makes use of: put the text in quotes"


class _Loader(yaml.SafeLoader):
    """Stops before PyYAML's recursion, one level of Python for one of YAML, runs away."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.unused: dict[str, Any] = {}
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if parent is not None and self._depth >= MAX_DEPTH:
            raise _BoundError(parent.start_mark, _TOO_DEEP)
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            if isinstance(event, yaml.AliasEvent):
                self.unused.pop(event.anchor, None)
            else:
                self.unused[event.anchor] = event.start_mark
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def compose(text: str, file: str) -> tuple[yaml.Node | None, list[Problem]]:
    """Parse one YAML document: its root, None where it holds nothing but comments.

    Where YAML ends at an error, the root is of the sections above the one with the error, and the
    error is the only problem. Raises `ConfigError` where nothing is worth a look.
    """
    try:
        return _composed(text, file)
    except _BoundError as error:
        raise ConfigError([place(file, error.mark, str(error))]) from None
    except yaml.YAMLError as error:
        line, column, message = explain(error, text)
    problem = Problem(file, line, column, None, message)
    try:
        root, _ = _composed(_above(text, line), file)
    except (_BoundError, yaml.YAMLError):
        root = None
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError([problem])
    return root, [problem]


def _composed(text: str, file: str) -> tuple[yaml.Node | None, list[Problem]]:
    loader = _Loader(text)
    root = loader.get_single_node()
    if root is not None:
        _measure(root)
    return root, [place(file, mark, _UNUSED) for mark in loader.unused.values()]


def _above(text: str, line: int) -> str:
    """The whole sections above the one that a line, from 1, is in."""
    lines = text.splitlines(keepends=True)[:line]
    while lines and not re.match("[^ \t\r\n#]", lines.pop()):
        pass
    return "".join(lines)


def place(file: str, mark: yaml.Mark, message: str, key: str | None = None) -> Problem:
    """Make a problem of a mark, which counts from 0."""
    return Problem(file, mark.line + 1, mark.column + 1, key, message)


def tag_problem(node: yaml.Node) -> str | None:
    """Say why a node's tag is refused; None for one that plain YAML gives."""
    tag = node.tag.replace(_TAG, "!!")
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


def value(node: yaml.Node) -> object:
    """Give the value of a node: null, bool, int, float, text, a list or a mapping from text.

    `UNREADABLE` stands for dates and for numbers in a form other than plain decimal.
    """
    if isinstance(node, yaml.SequenceNode):
        return [value(item) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.tag.removeprefix(_TAG), node.value)
    return {str(name.value): value(entry) for name, entry in node.value}


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


def _measure(root: yaml.Node) -> None:
    # With a stack of its own: an alias may even lead back to where it stands.
    waiting, seen = [(root, 1)], 0
    while waiting:
        node, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH:
            raise _BoundError(node.start_mark, _TOO_DEEP)
        if seen > MAX_NODES:
            raise _BoundError(root.start_mark, _TOO_LARGE)
        if isinstance(node, yaml.SequenceNode):
            waiting += [(item, depth + 1) for item in node.value]
        elif isinstance(node, yaml.MappingNode):
            waiting += [(item, depth + 1) for entry in node.value for item in entry]


def _rest(node: yaml.Node) -> str:
    # PyYAML keeps the text where it was given text.
    mark = node.start_mark
    assert mark.buffer is not None
    return mark.buffer[mark.pointer : mark.pointer + _MOST_OF_A_LINE].rstrip("\0")
