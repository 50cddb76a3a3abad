"""`edgepose demo`, as it is typed: real broker, real daemon, real model."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.wait import wait_for
from tests.terminal.pseudo import Terminal

CHECKOUT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("EDGEPOSE_PYTHON", sys.executable)
RECEIVED = re.compile(r"received +(\d+) of (\d+) published poses")


def demo(*words: str | Path) -> list[str]:
    return [PYTHON, "-m", "edgepose", "demo", *map(str, words)]


@pytest.fixture
def environment(tmp_path: Path, model_full: Path) -> Iterator[dict[str, str]]:
    """The environment of a demo, which must leave its temporary folder empty."""
    assert model_full.is_file()
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield {**os.environ, "TMPDIR": str(folder), "TERM": "xterm-256color"}
    assert [path for path in folder.iterdir() if path.name.startswith("edgepose")] == []


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *descendants(child)]
    return found


def running(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def wait_family(process: subprocess.Popen[bytes]) -> list[int]:
    """The daemon and its vision process, as soon as both are there."""
    return wait_for(
        lambda: family if len(family := descendants(process.pid)) > 1 else None, 20, "a family"
    )


def assert_gone(family: list[int]) -> None:
    wait_for(lambda: not any(map(running, family)), 20, "no process is left")


def run(environment: dict[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        demo(*words), env=environment, capture_output=True, text=True, check=False, timeout=90
    )


@pytest.mark.slow
def test_without_a_terminal_it_is_lines_and_every_frame_is_explained(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen(
            demo("--seconds", "4"), env=environment, stdout=out, stderr=err, cwd=tmp_path
        )
        family = wait_family(process)
        assert process.wait(60) == 0
    text = (tmp_path / "out").read_text()
    assert (tmp_path / "err").read_text() == ""
    assert_gone(family)
    received = RECEIVED.search(text)
    assert received, text
    assert received[1] == received[2]
    assert int(received[1]) > 10
    assert re.search(r"unexplained +0\n", text)
    assert re.search(r"delay +\d+\.\d ms", text)
    assert "304 bytes packed" in text
    assert re.search(r"mosquitto_sub -p \d+ -t edgepose/demo/pose\n", text)
    assert len(re.findall(r"^ +\d+ s .*\b0 unexplained$", text, re.MULTILINE)) >= 3
    assert text.isascii()


def test_in_a_terminal_ctrl_c_ends_it_and_gives_the_terminal_back(
    environment: dict[str, str],
) -> None:
    environment.pop("NO_COLOR", None)
    with Terminal(demo(), environment, 100, 30) as terminal:
        family = wait_family(terminal.process)
        wait_for(lambda: re.search("[⠁-⣿]{3}", terminal.shown), 60, "a skeleton")
        assert terminal.modes != terminal.before
        terminal.press(b"abc\x1a\x13\x03")
        assert terminal.wait() == 0
        shown, modes = terminal.shown, terminal.modes
    assert_gone(family)
    assert modes == terminal.before
    screen, _, after = shown.rpartition("\x1b[?1049l")
    assert screen.startswith("\x1b[?1049h")
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "edgepose/demo/pose/packed" in screen
    assert "abc" not in shown
    assert RECEIVED.search(after)
    assert re.search(r"unexplained +0\r\n", after)
    assert len(after.splitlines()) < 10


@pytest.mark.slow
@pytest.mark.parametrize("who", ["demo", "daemon"])
def test_a_death_without_a_word_leaves_nothing_running(
    environment: dict[str, str], who: str
) -> None:
    with subprocess.Popen(
        demo(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        family = wait_for(
            lambda: found if len(found := descendants(process.pid)) > 1 else None, 20, "a family"
        )
        assert process.stdout is not None
        assert any("1 person" in line for line in process.stdout)
        os.kill(process.pid if who == "demo" else family[0], signal.SIGKILL)
        _, errors = process.communicate(timeout=30)
    assert_gone(family)
    if who == "daemon":
        assert process.returncode == 70
        assert errors == "the daemon has ended: killed by SIGKILL\n"
    else:
        # Nobody is left who could remove it.
        for folder in Path(environment["TMPDIR"]).glob("edgepose-demo-*"):
            shutil.rmtree(folder)


def test_a_source_that_is_not_there_is_one_line(environment: dict[str, str]) -> None:
    done = run(environment, "--source", "no-such-film.mp4")
    assert done.returncode == 69
    (line,) = done.stderr.splitlines()
    assert line.startswith(str(Path("no-such-film.mp4").absolute()))
    assert "no such file" in line
    assert "received" not in done.stdout


def test_a_missing_model_is_one_line_that_says_what_to_type(
    environment: dict[str, str], tmp_path: Path
) -> None:
    shutil.copytree(CHECKOUT / "edgepose", tmp_path / "edgepose")
    (tmp_path / "models").mkdir()
    shutil.copy(CHECKOUT / "models" / "manifest", tmp_path / "models")
    done = run({**environment, "PYTHONPATH": str(tmp_path)}, "--scene", "empty")
    assert done.returncode == 69
    (line,) = done.stderr.splitlines()
    assert "type `edgepose model get full`" in line


def test_a_stop_before_the_first_pose_is_said(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        demo(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("edgepose demo, broker 127.0.0.1:")
    family = descendants(process.pid)
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == "ended before the first pose came\n"
    assert family
    assert_gone(family)


@pytest.mark.parametrize(
    "words",
    [("--seconds", "0"), ("--seconds", "x"), ("--seconds", "inf"), ("--scene", "nowhere")],
)
def test_what_makes_no_sense_is_refused(environment: dict[str, str], words: list[str]) -> None:
    done = run(environment, *words)
    assert done.returncode == 2
    assert f"argument {words[0]}" in done.stderr


def test_a_scene_and_a_source_exclude_each_other(environment: dict[str, str]) -> None:
    done = run(environment, "--scene", "walking", "--source", "film.mp4")
    assert done.returncode == 2
