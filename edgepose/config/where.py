"""Where a key stands in a file that YAML can read. Pure."""

from pathlib import Path

import yaml

from edgepose.config.problem import ConfigError, Problem
from edgepose.config.text import decode
from edgepose.config.tree import compose


def problem_at(data: bytes, file: Path, key: str | None, message: str) -> Problem:
    """A problem of a key in a file with this content; without a line where it does not stand."""
    mark = None if key is None else _mark(data, file, key)
    if mark is None:
        return Problem(str(file), None, None, key, message)
    return Problem(str(file), mark.line + 1, mark.column + 1, key, message)


def _mark(data: bytes, file: Path, key: str) -> yaml.Mark | None:
    try:
        node, _ = compose(decode(data, file), str(file))
    except ConfigError:
        return None
    for name in key.split("."):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for each, value in pairs if each.value == name), None)
    return None if node is None else node.start_mark
