"""From text to a tree of PyYAML's nodes (`node.py`), which know their line and column.

Owns the bounds on depth and size, and the words for what YAML itself trips over
(`yaml_words.py`). Knows no key. Raises `ConfigError`.
"""

import re
from typing import Any

import yaml

from edgepose.config.node import inner
from edgepose.config.problem import ConfigError, Problem
from edgepose.config.yaml_words import explain

MAX_DEPTH = 10
MAX_NODES = 5000
"""After aliases are followed: a few lines of aliases to aliases hold billions of values."""


class _BoundError(Exception):
    def __init__(self, mark: yaml.Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark


_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"
_TOO_LARGE = f"holds more than {MAX_NODES} values, its aliases followed"
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
        waiting += [(each, depth + 1) for each in inner(node)]
