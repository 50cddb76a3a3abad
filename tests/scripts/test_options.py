"""A wrong option of the installer is one line, before it looks at anything. No root is needed."""

import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [str(SCRIPTS / words[0]), *words[1:]]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["install", "--frob"], "unknown option --frob"),
        (["install", "here"], "unknown option here"),
        (["install", "--broker"], "--broker needs a value"),
        (["install", "--broker", ""], "--broker needs a value"),
        (["install", "--broker", "mqtt://host"], "without mqtt://"),
        (["install", "--broker", "host:0"], "HOST or HOST:PORT"),
        (["install", "--broker", "host:65536"], "HOST or HOST:PORT"),
        (["install", "--device-id", "a/b"], "--device-id a/b"),
        (["install", "--device-id", "a" * 65], "1 to 64"),
        (["install", "--source", "uri"], "picamera2 or actor"),
        (["install", "--engine", "tensorflow"], "auto, mediapipe or litert"),
        (["install", "--wheels", "/nowhere"], "no such folder"),
        (["install", "--with-mosquitto", "--user", "jo"], "its own broker"),
        (["uninstall", "--frob"], "unknown option --frob"),
    ],
)
def test_a_wrong_option_is_one_line(words: list[str], told: str) -> None:
    done = run(*words)
    assert done.returncode == 64
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_help_names_every_option(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0
    known = {word for word in (SCRIPTS / name).read_text().split() if word.startswith("--")}
    options = {word.rstrip(")") for word in known if word.endswith(")")}
    assert options
    assert {option for option in options if option not in done.stdout} == set()
