"""What a user did wrong: one clear line, the right exit status, never a traceback."""

import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.harness.broker import Broker, free_port
from tests.harness.daemon import PYTHON, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
EX_UNAVAILABLE, EX_CONFIG = 69, 78


def refused(folder: Path, config: dict[str, Any], port: int | None = None) -> tuple[int, str]:
    """Run the daemon until it gives up; its exit status and what it said, one line of it."""
    with Daemon(folder, port or free_port(), config) as daemon:
        code = daemon.process.wait(30)
    lines = [
        line
        for line in daemon.log.splitlines()
        # Said beside it: what was begun, and that the broker is not there.
        if "MQTT" not in line and not line.startswith("INFO: ")
    ]
    assert len(lines) == 1, daemon.log
    assert "Traceback" not in daemon.log
    return code, lines[0]


def test_a_missing_model(tmp_path: Path) -> None:
    code, line = refused(tmp_path, {"detection": {"model": "nowhere.task"}})
    assert code == EX_UNAVAILABLE
    assert str(tmp_path / "nowhere.task") in line


def test_a_truncated_model(tmp_path: Path, model_full: Path) -> None:
    (tmp_path / "cut.task").write_bytes(model_full.read_bytes()[:1_000_000])
    code, line = refused(tmp_path, {"detection": {"model": "cut.task"}})
    assert code == EX_CONFIG
    assert "cut.task" in line


def test_a_damaged_model(tmp_path: Path, model_full: Path) -> None:
    data = bytearray(model_full.read_bytes())
    for at in (70, 200, 300, 400):
        data[at : at + 40] = bytes(40)
    (tmp_path / "odd.task").write_bytes(data)
    code, line = refused(tmp_path, {"detection": {"model": "odd.task"}})
    assert code == EX_CONFIG
    assert "odd.task is not for the Pose Landmarker: its pose_detector.tflite is not" in line


@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_a_bundle_with_its_networks_swapped(tmp_path: Path, model_full: Path, engine: str) -> None:
    networks = ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
    with (
        zipfile.ZipFile(model_full) as bundle,
        zipfile.ZipFile(tmp_path / "swapped.task", "w") as swapped,
    ):
        for name, other in zip(networks, reversed(networks), strict=True):
            swapped.writestr(name, bundle.read(other))
    code, line = refused(tmp_path, {"detection": {"model": "swapped.task", "engine": engine}})
    assert code == EX_UNAVAILABLE
    assert "swapped.task is not for the Pose Landmarker: its pose_detector.tflite takes" in line
    assert "1x256x256x3, expected 1x224x224x3" in line


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("nowhere.mp4", "no such file or folder"),
        ("notes.mp4", "no film"),
        ("empty", "picture"),
        ("broken", "picture"),
        ("rtmp://camera.lan/stream", "nothing is read from there"),
    ],
)
def test_a_source_that_is_none(tmp_path: Path, uri: str, words: str) -> None:
    (tmp_path / "notes.mp4").write_text("not a film\n" * 100)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "1.jpg").write_bytes(b"\xff\xd8 not a picture")
    code, line = refused(tmp_path, {"camera": {"source": "uri", "uri": uri}})
    assert code in (EX_UNAVAILABLE, EX_CONFIG)
    assert words in line


@pytest.mark.slow
def test_a_film_that_vanishes_is_retried_and_said(tmp_path: Path, broker: Broker) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "1.png"), np.zeros((64, 64, 3), np.uint8))
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    for shade in range(30):
        writer.write(np.full((240, 320, 3), shade, np.uint8))
    writer.release()
    config = {"camera": {"source": "uri", "uri": "film.avi"}}
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        stranger.wait_poses(1)
        film.rename(tmp_path / "away.avi")
        daemon.wait_log("no such file")
        wait_for(
            lambda: stranger.healths()[-1]["camera"] == "missing", 10, "camera: missing in health"
        )
        (tmp_path / "away.avi").rename(film)
        wait_for(lambda: stranger.healths()[-1]["status"] == "ok", 20, "status ok again")
        assert daemon.stop() == 0


@pytest.mark.slow
def test_a_broker_that_refuses_the_password_until_it_is_mended(tmp_path: Path) -> None:
    with Broker(tmp_path, users={"pi": "right"}) as broker:
        (tmp_path / "password").write_text("wrong\n")
        config = {"mqtt": {"username": "pi", "password_file": "password"}}
        with Daemon(tmp_path, broker.port, config) as daemon:
            daemon.wait_log("refuses us: not authorized")
            assert daemon.process.poll() is None
            # The daemon had the right one all the time.
            broker.admit("pi", "wrong")
            daemon.wait_log("connected to", 40)
            assert daemon.stop() == 0
        assert daemon.log.count("refuses us") == 1
        assert "wrong" not in daemon.log
        assert "Traceback" not in daemon.log


def test_a_broker_that_is_not_there(tmp_path: Path) -> None:
    with Daemon(tmp_path, free_port()) as daemon:
        daemon.wait_log("keeps trying")
        assert daemon.process.poll() is None
        assert daemon.stop() == 0
    assert "refused" in daemon.log


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"- a\n- list\n", "config.yaml:1:1"),
        (b"", "is empty"),
        (b"\x00\x01\xff\xfe binary", "config.yaml"),
        (b"camera:\n  rate: 10\n  rate: 20\n", "config.yaml:3:3"),
        (b"camera:\n  rate: 500\n", "allowed 0 to 120"),
        (b"camera: {source: uri}\n", "camera.uri"),
        (b"camra:\n  rate: 5\n", "camera"),
    ],
)
def test_a_config_that_is_none(tmp_path: Path, text: bytes, words: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(text)
    for command in (["run", "--config"], ["check"]):
        done = subprocess.run(
            [PYTHON, "-m", "edgepose", *command, str(file)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == EX_CONFIG
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""


def test_a_password_file_that_is_not_there(tmp_path: Path) -> None:
    code, line = refused(tmp_path, {"mqtt": {"username": "pi", "password_file": "none"}})
    assert code == EX_CONFIG
    file = re.escape(str(tmp_path / "edgepose.yaml"))
    assert re.match(f"{file}:[0-9]+:[0-9]+: mqtt.password_file: .*No such file", line)
    assert "none" not in line
