"""Which names there are: keys of the configuration, modules of edgepose and what they define.

For the rules of documents.py. Reads the code of edgepose and runs none of it but the
configuration's, so that no engine is loaded.
"""

import ast
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from edgepose.config.keys import keys

PACKAGE = Path(__file__).resolve().parents[1] / "edgepose"


def known(dotted: str) -> bool:
    """Whether a dotted name is a key, a section, a module, or something in a module or class."""
    head, *rest = parts = tuple(dotted.split("."))
    paths = [key.path for key in keys()]
    if any(path[: len(parts)] == parts for path in paths):
        return True
    if head == "edgepose":
        return _in_package(rest)
    if (PACKAGE / head).is_dir() or (PACKAGE / head).with_suffix(".py").is_file():
        return _in_package(parts)
    if any(node.name == head for tree in _trees() for node in _classes(tree)):
        return any(_defines(tree, parts) for tree in _trees())
    return importlib.util.find_spec(head) is not None


@cache
def words() -> frozenset[str]:
    """Every name and every string of the package's code."""
    fields = ("name", "id", "attr", "arg", "asname", "value")
    found = {
        getattr(node, field, None)
        for tree in _trees()
        for node in ast.walk(tree)
        for field in fields
    }
    return frozenset(word for word in found if isinstance(word, str))


@cache
def _trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py")))


def _classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def _in_package(parts: Sequence[str]) -> bool:
    """Whether a module of edgepose, or a name in one, has this path."""
    for split in range(len(parts), -1, -1):
        base = PACKAGE.joinpath(*parts[:split])
        for module in (base / "__init__.py", base.with_suffix(".py")):
            if module.is_file():
                return _defines(ast.parse(module.read_text()), parts[split:])
    return False


def _defines(scope: ast.Module | ast.ClassDef, names: Sequence[str]) -> bool:
    """Whether a module or class defines a name, or the path of names into a class of it."""
    if not names:
        return True
    for node in scope.body:
        if isinstance(node, ast.ClassDef) and node.name == names[0]:
            return _defines(node, names[1:])
    return len(names) == 1 and names[0] in _defined(scope)


def _defined(scope: ast.Module | ast.ClassDef) -> set[str]:
    found: set[str] = set()
    for node in scope.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    if isinstance(scope, ast.ClassDef):
        inner = (node for node in ast.walk(scope) if isinstance(node, ast.Attribute))
        found |= {node.attr for node in inner if isinstance(node.ctx, ast.Store)}
    return found
