"""`edgepose bench`, as it is typed: the real vision process on the real bundle."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from edgepose.config.generate import DEFAULT_FILE
from edgepose.config.load import load
from tests.harness.daemon import PYTHON
from tests.harness.libraries import ABORTS, FATAL, broken
from tests.harness.wait import wait_for
from tests.test_layout import HEAVY

pytestmark = pytest.mark.slow
BENCH = ("-m", "edgepose", "bench")
LISTING = """
import json, sys
from edgepose.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""
"""Runs the command and tells what it has loaded, as the last line of stderr."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder to be in."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(tmp_path: Path, model_full: Path) -> dict[str, str]:
    assert model_full.is_file()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return {**os.environ, "TMPDIR": str(temporary)}


def run(
    environment: dict[str, str], place: Path, *words: str | Path
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PYTHON, *map(str, words)],
        env=environment,
        cwd=place,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


def left_behind(environment: dict[str, str]) -> list[str]:
    return [path.name for path in Path(environment["TMPDIR"]).glob("edgepose*")]


def test_the_best_is_written_and_an_engine_that_aborts_is_a_row(
    environment: dict[str, str], place: Path, tmp_path: Path
) -> None:
    environment["PYTHONPATH"] = broken(tmp_path, "mediapipe", ABORTS)
    config = place / "edgepose.yaml"
    config.write_text(DEFAULT_FILE.read_text().replace("engine: auto", "engine: auto  # mine"))
    config.chmod(0o640)
    words = ("bench", "--quick", "--workers", "1", "--threads", "1", "--models", "full", "--json")
    done = run(environment, place, "-c", LISTING, *words, "--write", config)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    rows = {each["engine"]: each for each in told["settings"]}
    assert rows["mediapipe"]["failed"] == f"killed by SIGILL ({FATAL})"
    assert "frames_per_s" not in rows["mediapipe"]
    assert rows["litert"]["failed"] is None
    assert rows["litert"]["frames"] >= 10
    assert 0 < rows["litert"]["delay_ms"]["median"] <= rows["litert"]["delay_ms"]["p95"]
    assert rows["litert"]["cpu_percent"]["core"] > 0
    assert rows["litert"]["memory_mb"] > 100
    assert told["pictures"]["size"] == [640, 480]
    assert f"mediapipe full: killed by SIGILL ({FATAL})" in told["line"]

    wanted = told["suggestion"]["keys"]
    assert wanted["detection.engine"] == "litert"
    assert wanted["detection.model"] == "full"
    now = load(config)
    assert (now.detection.engine, now.detection.workers) == ("litert", 1)
    assert now.camera.rate == wanted["camera.rate"]
    assert "engine: litert  # mine" in config.read_text()
    assert config.stat().st_mode & 0o777 == 0o640
    *said, modules = done.stderr.splitlines()
    assert "  detection.engine: auto -> litert" in said
    assert any("takes it up at once" in line for line in said)
    assert set(json.loads(modules)) & HEAVY == set()
    assert left_behind(environment) == []


def test_ctrl_c_midway_ends_in_order_and_prints_what_there_is(
    environment: dict[str, str], place: Path
) -> None:
    words = ("--quick", "--engines", "mediapipe", "--workers", "1,2", "--models", "full")
    with subprocess.Popen(
        [PYTHON, *BENCH, *words],
        env=environment,
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        first = next(line for line in process.stderr if line.startswith("1/2 "))
        assert "mediapipe, full, 1 worker, 1 thread: " in first
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "ended before all was measured\n"
    table = [line for line in out.splitlines() if line.startswith("mediapipe full")]
    assert len(table) == 1
    assert "edgepose bench | " in out
    assert "Suggestion" not in out
    assert left_behind(environment) == []


def test_ctrl_c_before_anything_is_measured_is_said(
    environment: dict[str, str], place: Path
) -> None:
    with subprocess.Popen(
        [PYTHON, *BENCH, "--models", "full"],
        env=environment,
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # The signal is handled from when its own folder is there.
        wait_for(lambda: left_behind(environment), 20, "the folder of the pictures")
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1] == "ended before anything was measured"
    assert left_behind(environment) == []


@pytest.mark.slow
def test_beside_plain_mediapipe_each_setting_has_its_ratio(
    environment: dict[str, str], place: Path
) -> None:
    words = ("--seconds", "1", "--engines", "mediapipe", "--workers", "1", "--models", "full")
    done = run(environment, place, *BENCH, *words, "--compare-mediapipe", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["settings"]
    assert len(row["frames_per_s_of_passes"]) == len(row["bare"]["frames_per_s"]) == 2
    # The same library on the same pictures; a machine under load may do anything in between.
    assert 0.2 < row["bare"]["frames_ratio"] < 5
    assert 0.2 < row["bare"]["delay_ratio"] < 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--engines", "tflite"], "tflite: allowed are mediapipe and litert"),
        (["--engines", "litert,"], "a name is missing"),
        (["--workers", "0"], "0: allowed are whole numbers from 1 to 8"),
        (["--threads", "1,x"], "1,x: allowed are whole numbers from 1 to 8"),
        (["--seconds", "nan"], "nan: allowed is a number from 1 to 3600"),
        (["--seconds", "3", "--quick"], "not allowed with"),
        (["--engines", "mediapipe", "--threads", "2"], "mediapipe has one thread"),
    ],
)
def test_a_wrong_option_is_told(
    environment: dict[str, str], place: Path, words: list[str], told: str
) -> None:
    done = run(environment, place, *BENCH, *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--models", "nosuch"], 69, "nosuch"),
        (["--config", "nowhere.yaml"], 78, "nowhere.yaml: does not exist"),
        (["--write", "broken.yaml"], 78, "broken.yaml:2:3: camera.ratte: unknown key"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_is_measured(
    environment: dict[str, str], place: Path, words: list[str], status: int, told: str
) -> None:
    (place / "broken.yaml").write_text("camera:\n  ratte: 5\n")
    done = run(environment, place, *BENCH, *words)
    assert done.returncode == status
    assert told in done.stderr
    assert done.stdout == ""
    assert (place / "broken.yaml").read_text() == "camera:\n  ratte: 5\n"


def test_help_loads_next_to_nothing(environment: dict[str, str], place: Path) -> None:
    done = run(environment, place, "-c", LISTING, "bench", "--help")
    assert done.returncode == 0
    loaded = {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}
    assert loaded & (HEAVY | {"pydantic", "rich", "yaml"}) == set()
