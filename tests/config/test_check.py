"""`edgepose check [FILE]`: what it prints, what it returns, what it loads."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from edgepose.cli import CONFIG, check
from edgepose.config.device import identify
from edgepose.config.generate import DEFAULT_FILE
from edgepose.config.load import load
from edgepose.config.model import Device
from edgepose.config.plan import masked
from edgepose.config.running import write
from edgepose.errors import EX_CONFIG, EX_UNAVAILABLE
from edgepose.models.manifest import home
from edgepose.reload.candidate import Refused, read
from tests.harness.nobody import without_root

NONE_RUNS = (
    "no edgepose runs as a service; one that you run by hand cannot be asked what would change"
)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runtime directory, so that no edgepose of this machine has a say."""
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
    return folder


def record(runtime: Path, file: Path, **changed: object) -> None:
    """Say that this process is an edgepose that runs with what stands in the file."""
    config = load(file)
    last = {"result": "accepted", "errors": []}
    report = {"running": "0123abcd", "on_disk": "0123abcd", "last": last, "config": masked(config)}
    write(runtime, file, config, {**report, **changed})


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    return check.run(parser.parse_args(arguments))


def test_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(DEFAULT_FILE)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"{DEFAULT_FILE}: ok",
        f"device {identify(Device()).id}, pictures from picamera2 (camera 0),"
        " broker localhost:1883",
        NONE_RUNS,
    ]
    assert err == ""


def test_a_film_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c"
    path.write_text("device: {id: hall}\ncamera: {source: uri, uri: a.mp4}\nmqtt: {host: b}\n")
    assert run(str(path)) == EX_CONFIG
    missing = f"{path}:2:28: camera.uri: {tmp_path}/a.mp4: no such file or folder\n"
    assert capsys.readouterr() == ("", missing)
    (tmp_path / "a.mp4").touch()
    assert run(str(path)) == 0
    told = capsys.readouterr().out.splitlines()[1]
    assert told == "device hall, pictures from uri (a.mp4), broker b:1883"


def test_what_is_no_certificate_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("mqtt:\n  tls: true\n  cafile: c\n")
    assert run(str(path)) == EX_CONFIG
    wrong = f"{path}:3:11: mqtt.cafile: {path}: holds no certificate in PEM\n"
    assert capsys.readouterr() == ("", wrong)


def test_a_bad_file_is_told_line_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("camera:\n  rate: 500\n  ratte: 1\n")
    assert run(str(path)) == EX_CONFIG == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{path}:2:9: camera.rate: 500 is too large, allowed 0 to 120 frames/s",
        f"{path}:3:3: camera.ratte: unknown key, did you mean rate?",
    ]


def test_without_a_file_it_is_the_installed_one() -> None:
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    assert parser.parse_args([]).file == CONFIG


def test_what_a_reload_would_change_is_told_with_its_cost(
    tmp_path: Path, runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("device: {id: hall}\n")
    record(runtime, path)
    path.write_text("device: {id: room}\ncamera: {rate: 15, mirror: true}\n")
    assert run(str(path)) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[2:] == [
        "a reload would change:",
        "  device.id: hall -> room (reconnect: the connection to the broker is made anew)",
        "  camera.rate: 30 -> 15 (rebuild-vision: camera and engine start anew)",
        "  camera.mirror: false -> true (live: at once)",
    ]
    assert err == ""


def test_a_reload_that_would_change_nothing(
    tmp_path: Path, runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, link = tmp_path / "c", tmp_path / "link"
    path.write_text("device: {id: hall}\n")
    link.symlink_to(path)
    record(runtime, path)
    for each in (path, link):
        assert run(str(each)) == 0
        assert capsys.readouterr().out.splitlines()[2:] == ["a reload would change nothing"]


def test_another_file_than_the_running_one_is_said_to_be_so(
    tmp_path: Path, runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / "c", tmp_path / "d"
    path.write_text("{}\n")
    other.write_text("health: {interval: 5}\n")
    record(runtime, path)
    assert run(str(other)) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        f"edgepose runs with another file, {path}; this one would change:",
        "  health.interval: 30 -> 5 (live: at once)",
    ]


@pytest.mark.parametrize("good", [True, False])
def test_an_old_config_is_said_first(
    tmp_path: Path, runtime: Path, good: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("{}\n")
    error = {"line": 4, "key": "camera.ratte", "message": "unknown key\x1b[2J"}
    record(runtime, path, last={"result": "refused", "errors": [error]}, on_disk="77777777")
    path.write_text("{}\n" if good else "camera: {ratte: 1}\n")
    assert run(str(path)) == (0 if good else EX_CONFIG)
    lines = capsys.readouterr().err.splitlines()
    old = "edgepose runs with an OLD CONFIG: line 4: camera.ratte: unknown key\\x1b[2J"
    assert lines[0] == old
    assert len(lines) == (1 if good else 2)


def test_a_file_that_the_service_may_not_read_is_told_to_root(
    tmp_path: Path,
    runtime: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Whoever may read it himself does not notice; `nobody` is on every machine.
    monkeypatch.setattr(check, "SERVICE", "nobody")
    path, copy = tmp_path / "c", tmp_path / "copy"
    for each in (path, copy):
        each.write_text("{}\n")
        each.chmod(0o600)
    record(runtime, path)
    assert run(str(copy)) == 0
    assert run(str(path)) == EX_CONFIG
    assert f"{path}: may not be read by the user nobody: " in capsys.readouterr().err


def test_a_record_that_may_not_be_read_is_no_traceback(tmp_path: Path, runtime: Path) -> None:
    path = tmp_path / "c"
    path.write_text("{}\n")
    record(runtime, path)
    (runtime / "config.json").chmod(0)
    with without_root():
        running, said = check.find_running()
    assert running is None
    assert said.startswith("whether edgepose runs here is not known: ")


def test_a_terminal_that_takes_only_ascii_is_no_traceback(tmp_path: Path, runtime: Path) -> None:
    path = tmp_path / "Küche\udcff"
    path.write_text("camera: {source: uri, uri: Straße.mp4}\n")
    (tmp_path / "Straße.mp4").touch()
    done = subprocess.run(
        [sys.executable, "-m", "edgepose", "check", str(path)],
        check=False,
        capture_output=True,
        env={**os.environ, "RUNTIME_DIRECTORY": str(runtime), "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"K\\xfcche\\udcff: ok\n" in done.stdout
    assert b"pictures from uri (Stra\\xdfe.mp4)" in done.stdout


def test_a_check_loads_no_engine_no_camera_and_no_network() -> None:
    code = f"""
import argparse, json, pathlib, sys
from edgepose.cli import check
assert check.run(argparse.Namespace(file=pathlib.Path({str(DEFAULT_FILE)!r}))) == 0
print(json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert {"edgepose", "yaml", "pydantic"} <= loaded
    heavy = {"aiohttp", "asyncio", "cv2", "hypothesis", "mediapipe", "numpy", "paho"}
    assert not loaded & (heavy | {"picamera2", "rich", "ssl"})


NAMES = """detection: {model: none.task}
mqtt:
  username: hall
  password_file: hunter2
  tls: true
  cafile: ca
  certfile: own
live: {enabled: true, token_file: word}
"""


def test_files_that_are_named_and_missing_are_told_as_a_start_tells_them(
    tmp_path: Path, runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text(NAMES)
    assert run("--config", str(path)) == EX_CONFIG
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.removeprefix(f"{path}:").split(": ")[:2] for line in err.splitlines()] == [
        ["1:20", "detection.model"],
        ["4:18", "mqtt.password_file"],
        ["6:11", "mqtt.cafile"],
        ["7:13", "mqtt.certfile"],
        ["8:35", "live.token_file"],
    ]
    assert "hunter2" not in err
    with pytest.raises(Refused) as started:
        read(path)
    assert (f"{started.value}\n", started.value.exit_code) == (err, EX_CONFIG)
    path.write_text("{}\n")
    record(runtime, path)
    path.write_text(NAMES)
    assert run(str(path)) == EX_CONFIG
    assert capsys.readouterr().err == err


def test_a_model_of_the_list_is_no_matter_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgepose.models.manifest.home", lambda: tmp_path)
    (tmp_path / "manifest").write_bytes((home() / "manifest").read_bytes())
    path = tmp_path / "c"
    path.write_text("mqtt: {username: hall, password_file: word}\n")
    (tmp_path / "word").write_text("right\n")
    assert run(str(path)) == 0
    with pytest.raises(Refused, match="edgepose model get") as started:
        read(path)
    assert started.value.exit_code == EX_UNAVAILABLE
    # What only an edit mends counts more.
    (tmp_path / "word").unlink()
    with pytest.raises(Refused, match="edgepose model get") as started:
        read(path)
    assert started.value.exit_code == EX_CONFIG


def test_what_is_for_others_is_told_as_not_looked_at(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as made:
        # Which everybody may enter, as tmp_path is not, nor this checkout wherever it lies.
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "manifest").write_bytes((home() / "manifest").read_bytes())
        monkeypatch.setattr("edgepose.models.manifest.home", lambda: folder)
        (folder / "closed").mkdir(0o700)
        path = folder / "c"
        path.write_text(
            "detection: {model: closed/my.task}\n"
            "mqtt: {username: hall, password_file: closed/word}\n"
        )
        with without_root():
            assert run(str(path)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "not looked at, for this user may not read it: detection.model",
        "not looked at, for this user may not read it: mqtt.password_file",
    ]
