"""The walk that holds YAML's nodes against the declarations.

Owns what is good in a file, what is wrong with it, and where each thing stands. Keeps nothing
beyond one file; runs on any thread. The words are `wrong.py`'s and `nearest.py`'s.
"""

import yaml
from pydantic import ValidationError

from edgepose.config.declare import RulesError, Section, subsection
from edgepose.config.keys import Key, keys
from edgepose.config.model import Config
from edgepose.config.nearest import unknown
from edgepose.config.node import everything, tag_problem, value
from edgepose.config.problem import Problem
from edgepose.config.tree import place
from edgepose.config.words import short
from edgepose.config.wrong import cut_off, no_section, wrong_value

Names = tuple[str, ...]
"""The way to a key or a section, from the top."""


class Checking:
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
                self._say(node.start_mark, path, no_section(node))
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
        for each in everything(node):
            if refused := tag_problem(each):
                said = "text that begins with ! needs quotes" if key.secret else refused
                self._say(each.start_mark, key.path, said)
        wants_names = isinstance(node, yaml.MappingNode) and isinstance(key.default, dict)
        if before == len(self.problems) and wants_names:
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
        if commented := cut_off(node):
            self._say(node.start_mark, key.path, commented)
            return
        # Alone, so that one wrong value hides no other, not even a second one of this key.
        alone: object = value(node)
        for name in reversed(key.path):
            alone = {name: alone}
        try:
            Config.model_validate(alone)
        except ValidationError as error:
            depth = len(key.path)
            of_key = [e for e in error.errors(include_url=False) if e["loc"][:depth] == key.path]
            # Of a list with wrong entries pydantic also says that the right ones are too few.
            of_items = [each for each in of_key if len(each["loc"]) > depth]
            for each in of_items or of_key:
                index = each["loc"][depth] if each in of_items else None
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
