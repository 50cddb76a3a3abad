"""`edgepose check FILE`: what it prints, what it returns, what it loads."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgepose.cli import check
from edgepose.config.device import identify
from edgepose.config.generate import DEFAULT_FILE
from edgepose.config.model import Device
from edgepose.errors import EX_CONFIG


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
    ]
    assert err == ""


def test_a_film_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c"
    path.write_text("device: {id: hall}\ncamera: {source: uri, uri: a.mp4}\nmqtt: {host: b}\n")
    assert run(str(path)) == 0
    told = capsys.readouterr().out.splitlines()[1]
    assert told == "device hall, pictures from uri (a.mp4), broker b:1883"


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


def test_a_file_must_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run()
    assert "FILE" in capsys.readouterr().err


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
