"""Whatever stands in a file, it is a Config or a ConfigError with its places right."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.config.generate import default_file
from edgepose.config.keys import Key, keys
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.problem import ConfigError

# The same examples at every run: a test that fails must fail again.
QUICK = settings(max_examples=150, deadline=None, database=None, derandomize=True)

DEFAULT = default_file()
NAMES = st.sampled_from(sorted({name for key in keys() for name in key.path})) | st.text(max_size=8)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from(["uri", "actor", "json", "packed", "lite", "a.task", "5", "3.1.1"])
)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=3), max_leaves=8
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "c.yaml"


def judge(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        config = load(file)
    except ConfigError as error:
        problems = error.problems
    else:
        # What was let through stands on its own.
        assert Config.model_validate(config.model_dump()) == config
        return
    lines = data.decode(errors="replace").splitlines() or [""]
    assert problems
    for problem in problems:
        assert str(problem).startswith(f"{file}:")
        assert str(problem).isprintable()
        if problem.line is not None and problem.column is not None:
            assert 1 <= problem.line <= len(lines) + 1
            assert 1 <= problem.column <= max(len(line) for line in lines) + 1


@QUICK
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(DEFAULT)),
            st.integers(0, 12),
            st.text(max_size=4) | st.sampled_from(list("\t:-#[]{}&*!|>'\"%@`?\n,")),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_the_default_file_with_random_edits(file: Path, edits: list[tuple[int, int, str]]) -> None:
    text = DEFAULT
    for at, cut, put in edits:
        text = text[:at] + put + text[at + cut :]
    judge(file, text.encode("utf-8", "surrogatepass"))


@QUICK
@given(
    st.dictionaries(
        st.sampled_from(sorted(Config.model_fields)) | NAMES,
        st.dictionaries(NAMES, VALUES, max_size=6) | VALUES,
        max_size=6,
    )
)
def test_sections_and_keys_with_random_values(file: Path, data: dict[str, object]) -> None:
    judge(file, yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes(file: Path, data: bytes) -> None:
    judge(file, data)


@QUICK
@given(st.sampled_from(keys()), VALUES)
def test_a_random_value_in_a_known_key(file: Path, key: Key, value: object) -> None:
    section, name = key.path
    judge(file, yaml.safe_dump({section: {name: value}}).encode())
