"""What is generated is what the checkout holds; the default file tells every key."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from edgepose.config import generate
from edgepose.config.generate import DEFAULT_FILE, REFERENCE_FILE, SCHEMA_FILE, default_file
from edgepose.config.keys import keys
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.yaml_value import flow


@pytest.mark.parametrize(
    "path", [DEFAULT_FILE, SCHEMA_FILE, REFERENCE_FILE], ids=lambda path: path.name
)
def test_what_the_checkout_holds_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.generated()[path], (
        "run python -m edgepose.config.generate"
    )


def test_all_that_is_generated_is_shipped_side_by_side() -> None:
    project = tomllib.loads((generate.CHECKOUT / "pyproject.toml").read_text())
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    for path in generate.generated():
        assert shared[f"config/{path.name}"] == f"share/edgepose/config/{path.name}"


def test_the_default_file_names_the_schema_where_it_is_installed() -> None:
    first = default_file().splitlines()[0]
    installer = (generate.CHECKOUT / "scripts" / "appliance" / "places.sh").read_text()
    home = re.search("^home=(.+)$", installer, re.MULTILINE)
    assert home is not None
    place = f"{home[1]}/share/edgepose/config/{SCHEMA_FILE.name}"
    assert first == f"# yaml-language-server: $schema={place}"


def test_the_default_file_loads_as_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text(default_file())
    assert load(path) == Config()


def test_the_default_file_shows_every_key_and_no_other() -> None:
    shown = yaml.safe_load(default_file())
    names = [f"{section}.{key}" for section, inner in shown.items() for key in inner]
    assert names == [key.name for key in keys()]


def test_above_each_key_stands_what_it_is_allows_and_costs() -> None:
    lines = default_file().splitlines()
    at = 0
    for key in keys():
        # In the order of the file: two sections may have a key of one name.
        at = lines.index(f"  {key.path[-1]}: {flow(key.default)}", at + 1)
        start = at
        while lines[start - 1].startswith("  #"):
            start -= 1
        comment = " ".join(line.removeprefix("  # ") for line in lines[start:at])
        assert comment.startswith(f"{key.text} Allowed: {key.allowed}. ")
        assert comment.endswith(f"Change: {key.cost}.")
        assert (f"Example: {flow(key.example)}." in comment) == (key.example != key.default)


def test_no_line_is_too_long_and_none_ends_in_a_space() -> None:
    for line in default_file().splitlines():
        assert len(line) <= 100
        assert line == line.rstrip()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (30.0, "30"),
        (0.5, "0.5"),
        ((640, 480), "[640, 480]"),
        ("a b", "a b"),
        ("5", "'5'"),
        ("off", "'off'"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_value_is_written_as_yaml_reads_it(value: object, expected: str) -> None:
    assert flow(value) == expected
