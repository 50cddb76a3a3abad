"""The loader cannot build objects: what attacks others is a line with a mistake here."""

import ast
import sys
from pathlib import Path

import pytest
import yaml

from edgepose.config import tree
from edgepose.config.load import load
from edgepose.config.problem import ConfigError

PACKAGE = Path(tree.__file__).resolve().parents[1]

# {canary} is a file that would appear; nobody here imports these modules.
ATTACKS = {
    "a command": "!!python/object/apply:os.system ['touch {canary}']",
    "a command, with a section": "!!python/object/apply:os.system {{args: ['touch {canary}']}}",
    "a process": "!!python/object/apply:subprocess.check_call [[touch, '{canary}']]",
    "an expression": "!!python/object/apply:eval [\"open('{canary}', 'w')\"]",
    "a file": "!!python/object/apply:io.open ['{canary}', w]",
    "a new object": "!!python/object/new:io.FileIO ['{canary}', w]",
    "an object's state": "!!python/object/new:type {{args: [a, [], {{}}], state: {{extend: b}}}}",
    "an object": "!!python/object:antigravity.Thing {{a: b}}",
    "a name": "!!python/name:antigravity.fly ''",
    "a module": "!!python/module:antigravity ''",
    "a tuple": "!!python/tuple [1, 2]",
    "bytes": "!!python/bytes 'eA=='",
    "a number of Python": "!!python/int 5",
    "a tag written out": "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch {canary}']",
    "a tag of somebody": "!Ref thing",
    "a tag of a file": "!include /etc/passwd",
    "a set": "!!set {{a, b}}",
    "an ordered map": "!!omap [a: b]",
    "bytes of YAML": "!!binary eA==",
}
EXECUTING = ["a command", "a process", "an expression", "a file", "a tag written out"]

BOMBS = {
    "a section in itself": "device: {}\nmqtt: &a {host: *a}",
    "a list in itself": "device: {}\nmessages: {formats: &a [*a]}",
    "a section merged into itself": "device: {}\nmqtt: &a {<<: *a}",
    "a merge": "device: {}\nmqtt: {<<: {port: 1}}",
    "a merge of a list": "device: {}\nmqtt: {<<: [{port: 1}, {port: 2}]}",
    "deeper than the stack": "device: {}\n" + "[" * 50_000,
    "sections deeper than the stack": "device: {}\nmqtt: " + "{a: " * 15_000,
}


def refused(path: Path, text: str) -> list[int | None]:
    """The lines of the problems in a text; all that may come of it is a ConfigError."""
    path.write_text(text, encoding="utf-8")
    before = set(sys.modules)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert set(sys.modules) == before
    return [problem.line for problem in caught.value.problems]


@pytest.mark.parametrize(
    "place",
    ["camera:\n  uri: {}", "camera:\n  controls: {{A: {}}}", "device: {{}}\nmqtt: {}", "\n{}"],
    ids=["of a key", "within a key", "of a section", "of the file"],
)
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_a_mistake_on_its_line(tmp_path: Path, attack: str, place: str) -> None:
    canary = tmp_path / "canary"
    text = place.format(ATTACKS[attack].format(canary=canary))
    assert 2 in refused(tmp_path / "c", text)
    assert not canary.exists()


@pytest.mark.parametrize("attack", EXECUTING)
def test_the_attacks_are_real(tmp_path: Path, attack: str) -> None:
    canary = tmp_path / "canary"
    built = yaml.load(ATTACKS[attack].format(canary=canary), yaml.UnsafeLoader)
    if hasattr(built, "close"):
        built.close()
    assert canary.exists()


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_has_no_end_is_a_mistake_on_its_line(tmp_path: Path, bomb: str) -> None:
    assert refused(tmp_path / "c", BOMBS[bomb]) == [2]


def test_a_billion_laughs_are_a_mistake(tmp_path: Path) -> None:
    lines = ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    pairs = zip("abcdefgh", "bcdefghi", strict=True)
    lines += [f"{one}: &{one} [{', '.join([f'*{zero}'] * 9)}]" for zero, one in pairs]
    assert refused(tmp_path / "c", "\n".join(lines)) == [1]


def test_the_loader_has_no_constructor_for_objects() -> None:
    loader = tree._Loader
    assert issubclass(loader, yaml.SafeLoader)
    assert not issubclass(loader, yaml.FullLoader | yaml.UnsafeLoader | yaml.Loader)
    assert loader.yaml_multi_constructors == {}
    plain = "null bool int float binary timestamp omap pairs set str seq map"
    known = {f"tag:yaml.org,2002:{name}" for name in plain.split()}
    assert {tag for tag in loader.yaml_constructors if tag is not None} <= known
    undefined = loader.yaml_constructors[None]
    assert undefined is yaml.SafeLoader.construct_undefined


def test_nothing_in_the_package_constructs_from_yaml() -> None:
    names = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                assert node.module != "yaml", path
    assert "get_single_node" in names
    building = ("get_data", "get_single_data", "construct_document", "construct_object")
    loading = ("safe_load", "safe_load_all", "full_load", "unsafe_load", "load_all")
    loaders = ("Loader", "FullLoader", "UnsafeLoader", "CLoader", "add_constructor")
    assert not names & {*building, *loading, *loaders}
