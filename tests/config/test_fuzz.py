"""Whatever stands in a file, it is a Config or a ConfigError with its places right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.config.generate import default_file
from edgepose.config.keys import Key, keys
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.problem import BREAK, ConfigError
from edgepose.errors import EX_CONFIG
from tests.harness.mutate import KINDS, kind, mutated

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


def assert_judged(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        config = load(file)
    except ConfigError as error:
        problems = error.problems
    else:
        # What was let through stands on its own.
        assert Config.model_validate(config.model_dump()) == config
        return
    lines = BREAK.split(data.decode(errors="replace").removeprefix("\ufeff"))
    assert problems
    assert list(problems) == sorted(problems, key=lambda p: (p.line or 0, p.column or 0))
    for problem in problems:
        assert str(problem).startswith(f"{file}:")
        assert str(problem).isprintable()
        assert len(str(problem)) < len(str(file)) + 400
        assert (problem.line is None) == (problem.column is None)
        if problem.line is not None and problem.column is not None:
            assert 1 <= problem.line <= len(lines)
            assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


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
    assert_judged(file, text.encode("utf-8", "surrogatepass"))


@QUICK
@given(
    st.dictionaries(
        st.sampled_from(sorted(Config.model_fields)) | NAMES,
        st.dictionaries(NAMES, VALUES, max_size=6) | VALUES,
        max_size=6,
    )
)
def test_sections_and_keys_with_random_values(file: Path, data: dict[str, object]) -> None:
    assert_judged(file, yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes(file: Path, data: bytes) -> None:
    assert_judged(file, data)


@QUICK
@given(st.sampled_from(keys()), VALUES)
def test_a_random_value_in_a_known_key(file: Path, key: Key, value: object) -> None:
    section, name = key.path
    assert_judged(file, yaml.safe_dump({section: {name: value}}).encode())


@pytest.mark.parametrize(
    "name", [pytest.param(k, marks=pytest.mark.slow) if k == "huge" else k for k in KINDS]
)
def test_files_after_accidents(file: Path, name: str) -> None:
    seeds = [seed for seed in range(2_000) if kind(seed) == name]
    assert len(seeds) >= 2_000 // len(KINDS)
    for seed in seeds:
        assert_judged(file, mutated(seed, DEFAULT))


def test_an_accident_has_its_number() -> None:
    some = [mutated(seed, DEFAULT) for seed in range(len(KINDS) * 3)]
    assert some == [mutated(seed, DEFAULT) for seed in range(len(KINDS) * 3)]
    assert len(set(some)) > len(KINDS) * 2
    assert some.count(DEFAULT.encode()) <= 2


@pytest.mark.slow
def test_the_command_tells_every_accident_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    environment = {**os.environ, "RUNTIME_DIRECTORY": str(tmp_path)}
    codes = set()
    for seed in range(10_000, 10_000 + 2 * len(KINDS)):
        path.write_bytes(mutated(seed, DEFAULT))
        done = subprocess.run(
            [sys.executable, "-m", "edgepose", "check", str(path)],
            check=False,
            capture_output=True,
            env=environment,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, (seed, kind(seed), err)
        if done.returncode == 0:
            assert not err
            assert out.startswith(f"{path}: ok\n")
        else:
            assert done.returncode == EX_CONFIG, (seed, kind(seed), err)
            assert not out
            assert all(line.startswith(f"{path}:") for line in err.splitlines())
        codes.add(done.returncode)
    assert codes == {0, EX_CONFIG}
