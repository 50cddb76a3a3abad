"""Which engine the installer begins with, and what it says of one that does not work."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
PARTS = ("setup.sh", "appliance/places.sh", "appliance/look.sh", "appliance/engine.sh")
MODULES = {"mediapipe": "mediapipe", "litert": "ai_edge_litert"}


def run(words: str, **settings: str | Path) -> str:
    """What a few words of bash say, with the installer's parts and these variables."""
    parts = [f". {SCRIPTS / part}" for part in PARTS]
    given = [f"{name}='{value}'" for name, value in settings.items()]
    done = subprocess.run(
        ["bash", "-c", "\n".join(["set -euo pipefail", *parts, *given, words])],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert done.stderr == ""
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("asked", "configured", "there", "first"),
    [
        # option, config file, engine that is installed; what to begin with
        ("", None, None, "mediapipe"),
        ("", "auto", None, "mediapipe"),
        ("", "auto", "mediapipe", "mediapipe"),
        ("", "auto", "litert", "litert"),
        ("auto", "auto", "litert", "mediapipe"),
        ("auto", "litert", "litert", "mediapipe"),
        ("", "litert", "mediapipe", "litert"),
        ("", "mediapipe", "litert", "mediapipe"),
        ("litert", "auto", "mediapipe", "litert"),
        ("mediapipe", "litert", "litert", "mediapipe"),
    ],
)
def test_what_is_there_stays_unless_somebody_says_otherwise(
    tmp_path: Path, asked: str, configured: str | None, there: str | None, first: str
) -> None:
    config = tmp_path / "edgepose.yaml"
    if configured:
        config.write_text(f"detection:\n  # engine: none, see below\n  engine: {configured}\n")
    home = tmp_path / "home"
    if there:
        (home / "lib" / "python3.13" / "site-packages" / MODULES[there]).mkdir(parents=True)
    words = "find_wish; first_engine; echo $engine"
    assert run(words, asked=asked, config=config, home=home) == first


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        ("detection: {engine: litert, model: lite}\n", "litert"),
        ('detection:\n  engine: "mediapipe" # not auto\n', "mediapipe"),
        ("camera:\n  rate: 5\n", ""),
    ],
)
def test_a_config_is_understood_without_a_reader_of_yaml(
    tmp_path: Path, text: str, engine: str
) -> None:
    config = tmp_path / "edgepose.yaml"
    config.write_text(text)
    assert run("said_by_config engine", config=config) == engine


TRIALS = [
    ("exit 0", ""),
    ("echo loading; echo no such library >&2; echo; exit 1", "no such library"),
    (r"printf 'FATAL: \033[1mno\033[0m lse\n' >&2; kill -ABRT $$", "FATAL:  [1mno [0m lse"),
    ("exit 3", "it ended with status 3 and without a word"),
    ("echo busy; kill -KILL $$", "killed, maybe for want of memory (busy)"),
    ("echo busy; exec tail -f /dev/null", "no answer in 1 s (busy)"),
]


@pytest.mark.parametrize(("does", "told"), TRIALS, ids=[told for _, told in TRIALS])
def test_the_last_words_of_a_trial_are_the_reason(tmp_path: Path, does: str, told: str) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    # Stands for an environment: what loads goes well, the engine's trial ends as given.
    python.write_text(f"#!/bin/bash\n[[ $* == *edgepose.vision.trial* ]] || exit 0\n{does}\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    # Only who hangs is waited for.
    limit = "1" if "no answer" in told else "60"
    words = 'run_trial; echo "$refused"'
    places = {"new": tmp_path, "work": tmp_path, "log": tmp_path / "log", "etc": tmp_path}
    said = run(words, refused="", source="actor", engine="mediapipe", trial_s=limit, **places)
    assert said == told
