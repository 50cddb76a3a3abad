"""The reference tells every key, and what it shows can be pasted into a file."""

import re
from pathlib import Path

import pytest

from edgepose.config.declare import Cost
from edgepose.config.generate import REFERENCE_FILE
from edgepose.config.keys import Key, keys
from edgepose.config.load import load
from edgepose.config.plan import values
from edgepose.config.reference import reference
from tests.config.beside import lines
from tests.documents import problems


def blocks() -> dict[str, str]:
    """What stands below each key's heading, by the heading."""
    parts = re.split(r"^### `(.+)`$", reference(), flags=re.MULTILINE)
    told = [re.split("^## ", part, maxsplit=1, flags=re.MULTILINE)[0] for part in parts[2::2]]
    return dict(zip(parts[1::2], told, strict=True))


def test_it_has_every_key_once_in_the_order_of_the_file() -> None:
    headings = re.findall(r"^### `(.+)`$", reference(), re.MULTILINE)
    assert headings == [key.name for key in keys()]


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.name)
def test_a_block_says_what_a_key_is_allows_and_costs(key: Key) -> None:
    told = " ".join(blocks()[key.name].split())
    assert told.startswith(f"{key.text} - Allowed: ")
    assert f"{key.allowed} - Default: " in told
    assert told.endswith(f"- Change: `{key.cost}`")
    assert (" - Example: " in told) == (key.example != key.default)
    if key.type is int:
        assert "Allowed: a whole number, " in told


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.name)
@pytest.mark.parametrize("which", ["Default", "Example"])
def test_what_it_shows_can_be_pasted(tmp_path: Path, key: Key, which: str) -> None:
    shown = dict(re.findall(r"^- (Default|Example): `(.+)`$", blocks()[key.name], re.MULTILINE))
    line = shown.get(which, shown["Default"])
    file = tmp_path / "c"
    file.write_text(f"{key.path[0]}:\n{lines(key.name)}  {line}\n")
    assert values(load(file))[key.name] == (key.example if which == "Example" else key.default)


def test_every_cost_in_use_is_explained_once() -> None:
    explained = re.findall(r"^- `([a-z-]+)`: \w", reference(), re.MULTILINE)
    assert explained == [cost for cost in Cost if cost in {key.cost for key in keys()}]


def test_it_names_only_what_there_is() -> None:
    assert problems(reference(), REFERENCE_FILE.parent) == []


def test_no_line_is_too_long_for_a_terminal() -> None:
    assert [line for line in reference().splitlines() if len(line) > 100] == []
