"""From a file to a `Config`, or to every problem in it, each with its line and column.

Owns the walk that holds YAML's nodes against the declarations. The parts: `text.py` reads,
`tree.py` parses, `wrong.py` and `nearest.py` find the words. Reads one file, keeps nothing, runs
on any thread. Raises `ConfigError`.
"""

from pathlib import Path

import yaml
from pydantic import ValidationError

from edgepose.config.declare import RulesError, Section, subsection
from edgepose.config.keys import Key, keys
from edgepose.config.model import Config
from edgepose.config.nearest import unknown
from edgepose.config.problem import ConfigError, Problem
from edgepose.config.text import read_text
from edgepose.config.tree import compose, place, tag_problem, value
from edgepose.config.words import short
from edgepose.config.wrong import wrong_value

Names = tuple[str, ...]
"""The way to a key or a section, from the top."""


def load(path: Path) -> Config:
    """Read and check a configuration file.

    Raises `ConfigError` with all problems of the file, and nothing else.
    """
    file = str(path)
    root = compose(read_text(path), file)
    if root is None or value(root) is None:
        message = "holds no key; write {} to take every default, or copy the default file"
        raise ConfigError([Problem(file, None, None, None, message)])
    checking = _Checking(file)
    checking.section(root, Config, (), checking.good)
    config = checking.build()
    if config is None or checking.problems:
        raise ConfigError(checking.problems)
    return config


class _Checking:
    """One walk over a file: what is good in it, what is wrong with it, where things stand."""

    def __init__(self, file: str) -> None:
        self.good: dict[str, object] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._marks: dict[Names, yaml.Mark] = {}
        self._wrong: set[Names] = set()
        self._keys: dict[Names, Key] = {key.path: key for key in keys()}

    def section(
        self, node: yaml.Node, section: type[Section], path: Names, good: dict[str, object]
    ) -> None:
        """Check what stands in a section and put what is good of it into `good`."""
        if refused := tag_problem(node):
            self._say(node.start_mark, path, refused)
            return
        if not isinstance(node, yaml.MappingNode):
            # A null section is one whose keys are all commented out.
            if value(node) is not None:
                wanted = "a section is wanted here: lines of `key: value`, a space after the colon"
                self._say(node.start_mark, path, wanted)
            return
        lines: dict[str, int] = {}
        for name_node, value_node in node.value:
            name = self._name(name_node, path, lines)
            if name is None:
                continue
            here, field = (*path, name), section.model_fields.get(name)
            self._marks[here] = value_node.start_mark
            if field is None:
                self._say(name_node.start_mark, here, *unknown(name, path))
            elif inner := subsection(field):
                # Two sections of one name are a problem already, but both are looked through.
                into = good.setdefault(name, {})
                assert isinstance(into, dict)
                self.section(value_node, inner, here, into)
            elif self._leaf(value_node, self._keys[here]):
                good[name] = value(value_node)

    def build(self) -> Config | None:
        """Make the configuration of what is good, and check the rules between its keys."""
        try:
            return Config.model_validate(self.good)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                cause = each.get("ctx", {}).get("error")
                if not isinstance(cause, RulesError):
                    raise
                self._rules(cause, tuple(str(name) for name in each["loc"]))
        return None

    def _name(self, node: yaml.Node, path: Names, lines: dict[str, int]) -> str | None:
        mark = node.start_mark
        if not isinstance(node, yaml.ScalarNode):
            self._say(mark, path, "a key must be a word, not a list or a section")
            return None
        if node.tag.endswith(":merge"):
            self._say(mark, path, "merging with << is not read here; write the keys out")
            return None
        if refused := tag_problem(node):
            self._say(mark, path, refused)
            return None
        name, line = str(node.value), mark.line + 1
        if name in lines:
            both = f"stands twice, on line {lines[name]} and on line {line}; keep one"
            self._say(mark, (*path, name), both)
        lines.setdefault(name, line)
        return name

    def _leaf(self, node: yaml.Node, key: Key) -> bool:
        before = len(self.problems)
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        for each in (node, *items):
            if refused := tag_problem(each):
                self._say(each.start_mark, key.path, refused)
        if isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for name_node, _ in node.value:
                self._name(name_node, key.path, lines)
        if before == len(self.problems):
            self._judge(node, key, items)
        if before == len(self.problems):
            return True
        self._wrong.add(key.path)
        return False

    def _judge(self, node: yaml.Node, key: Key, items: list[yaml.Node]) -> None:
        # Alone, so that one wrong value hides no other, not even a second one of this key.
        alone: object = value(node)
        for name in reversed(key.path):
            alone = {name: alone}
        try:
            Config.model_validate(alone)
        except ValidationError as error:
            depth = len(key.path)
            for each in error.errors(include_url=False):
                if each["loc"][:depth] != key.path:
                    continue
                index = each["loc"][depth] if len(each["loc"]) > depth else None
                at = items[index] if isinstance(index, int) and index < len(items) else node
                message = wrong_value(each["type"], each.get("ctx", {}), at, key)
                self._say(at.start_mark, key.path, message)

    def _rules(self, cause: RulesError, path: Names) -> None:
        for broken in cause.broken:
            involved = [(*path, name) for name in broken.keys]
            if not self._wrong.intersection(involved):
                # The defaults break no rule, so one of the keys stands in the file.
                mark = next(self._marks[each] for each in involved if each in self._marks)
                self._say(mark, involved[0], broken.message)

    def _say(self, mark: yaml.Mark, path: Names, message: str, nearest: str | None = None) -> None:
        key = ".".join(short(name) for name in path) or None
        problem = place(self._file, mark, message, key)
        if nearest is not None:
            problem = Problem(self._file, problem.line, problem.column, key, message, nearest)
        self.problems.append(problem)
