"""A camera on the network, with a password in its address: seen, lost, wrong, and never told."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from tests.harness.afterwards import assert_adds_up
from tests.harness.broker import Broker
from tests.harness.cameras import HttpCamera, RtspCamera, make_film
from tests.harness.daemon import PYTHON, Daemon, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]

NAME, PASSWORD, WRONG = "jo-the-owner", "hunter2%/'\"#", "letmein-wrong"
SECRETS: Final = (NAME, PASSWORD, "hunter2", quote(PASSWORD, safe=""), WRONG)
AGAIN_S: Final = 60


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "waving.mp4")


@pytest.fixture
def camera(film: Path) -> Iterator[RtspCamera]:
    with RtspCamera(film, {NAME: PASSWORD}) as running:
        yield running


def address(camera: RtspCamera | HttpCamera, path: str = "live", password: str = PASSWORD) -> str:
    scheme = "rtsp" if isinstance(camera, RtspCamera) else "http"
    return f"{scheme}://{NAME}:{quote(password, safe='')}@127.0.0.1:{camera.port}/{path}"


def seen_as(camera: RtspCamera | HttpCamera) -> str:
    scheme = "rtsp" if isinstance(camera, RtspCamera) else "http"
    return f"{scheme}://***@127.0.0.1:{camera.port}/***"


def config(uri: str) -> dict[str, Any]:
    return {"camera": {"source": "uri", "uri": uri, "rate": 10}}


def somebody(stranger: Subscriber, since: int = 0) -> bool:
    return any(pose.people for pose in stranger.poses()[since:])


def wait_somebody(stranger: Subscriber, limit_s: float = AGAIN_S) -> None:
    since = len(stranger.poses())
    wait_for(lambda: somebody(stranger, since), limit_s, "poses of somebody")


def wait_camera(stranger: Subscriber, camera: str, words: str = "") -> None:
    """Wait until /health says so, and why."""

    def said() -> bool:
        last = (stranger.healths() or [{}])[-1]
        return last.get("camera") == camera and words in " ".join(last["why"])

    wait_for(said, AGAIN_S, f"camera {camera}, {words!r}: {stranger.healths()[-1:]}")


def ffmpegs(daemon: Daemon) -> list[int]:
    """The processes of that name which this daemon has."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
        except (OSError, ValueError):
            continue
        if told["Name"] == "ffmpeg" and told["PPid"] == str(daemon.pid):
            found.append(int(told["Pid"]))
    return found


def shown_by_processes() -> str:
    """Every command line and every environment of this machine, as root sees them."""
    seen = []
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                seen.append((place / name).read_bytes().decode(errors="replace"))
            except OSError:
                continue
    return "\n".join(seen)


def assert_secret(*texts: str) -> None:
    for text in texts:
        told = [secret for secret in SECRETS if secret in text]
        assert not told, text


def edgepose(*words: str | Path, folder: Path) -> str:
    """All that a command says."""
    done = subprocess.run(
        [PYTHON, "-m", "edgepose", *map(str, words)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "RUNTIME_DIRECTORY": str(folder)},
    )
    return done.stdout + done.stderr


def test_it_is_seen_and_lost_and_seen_again_and_its_password_is_nowhere(
    tmp_path: Path, broker: Broker, camera: RtspCamera
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    environment = {"RUNTIME_DIRECTORY": str(run)}
    uri = address(camera)
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, config(uri), environment=environment) as daemon,
    ):
        wait_somebody(stranger)
        wait_camera(stranger, "ok")
        (reader,) = ffmpegs(daemon)
        processes = shown_by_processes()
        assert "yuv4mpegpipe" in processes
        assert_secret(processes)
        # Less than the vision process is worth nothing to the kernel.
        assert int(Path(f"/proc/{reader}/oom_score_adj").read_text()) == 800
        assert_secret(edgepose("check", daemon.config, folder=run))
        assert seen_as(camera) in edgepose("config", daemon.config, folder=run)

        camera.kill()
        wait_camera(stranger, "missing", f"{seen_as(camera)}: nothing listens at this port")
        camera.start()
        wait_somebody(stranger)
        wait_camera(stranger, "ok")

        # What only a wrong password changes is taken back, and says so.
        good = daemon.config.read_bytes()
        daemon.save(config_text(broker.port, config(address(camera, password=WRONG))).encode())
        words = f"{seen_as(camera)}: the camera does not take the name and password"
        wait_for(lambda: stranger.configs()[-1]["last"]["result"] == "rolled_back", 30, "its end")
        last = stranger.configs()[-1]["last"]
        assert words in last["errors"][0]["message"]
        assert last["changes"] == [
            {"key": "camera.uri", "old": seen_as(camera), "new": seen_as(camera)}
            | {"cost": "rebuild-vision"}
        ]
        checked = edgepose("check", daemon.config, folder=run)
        assert "camera.uri" in checked
        assert_secret(checked, edgepose("config", daemon.config, folder=run))
        wait_somebody(stranger)
        daemon.save(good)
        wait_for(lambda: stranger.configs()[-1]["last"]["result"] == "accepted", 30, "the old one")

        assert_secret(*(path.read_text() for path in run.glob("*.json")))
        (reader,) = ffmpegs(daemon)
        assert daemon.stop(20) == 0
        assert not Path(f"/proc/{reader}").exists()
        heard = [m.payload.decode(errors="replace") for m in stranger.messages]
        assert_secret(daemon.log, *heard)
        assert_adds_up(stranger, daemon.log)


def test_one_that_stands_still_is_stalled_and_nothing_of_it_outlives_the_daemon(
    tmp_path: Path, broker: Broker, camera: RtspCamera
) -> None:
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, config(address(camera))) as daemon,
    ):
        wait_somebody(stranger)
        (before,) = ffmpegs(daemon)
        camera.signal(signal.SIGSTOP)
        wait_camera(stranger, "stalled", "camera stalled: no frame for 5")
        wait_camera(stranger, "missing", "no answer within 8 s")
        camera.signal(signal.SIGCONT)
        wait_somebody(stranger)
        (reader,) = ffmpegs(daemon)
        assert reader != before
        daemon.process.kill()
        wait_for(lambda: not Path(f"/proc/{reader}").exists(), 5, "the end of ffmpeg")
        assert_secret(daemon.log)


def test_a_wrong_password_is_told_and_seldom_tried(tmp_path: Path, broker: Broker) -> None:
    with (
        HttpCamera(NAME, PASSWORD) as camera,
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, config(address(camera, password=WRONG))) as daemon,
    ):
        wait_camera(stranger, "missing", "does not take the name and password in camera.uri (401)")
        assert "it is started again in 300 s" in daemon.log
        daemon.save(config_text(broker.port, config(address(camera))).encode())
        wait_somebody(stranger)
        (reader,) = ffmpegs(daemon)
        os.kill(reader, signal.SIGKILL)
        daemon.wait_log(f"{seen_as(camera)}: ffmpeg: killed by SIGKILL")
        wait_somebody(stranger)
        camera.holding.clear()
        wait_camera(stranger, "stalled")
        camera.holding.set()
        wait_somebody(stranger)
        assert daemon.stop(20) == 0
        heard = [json.dumps(m.payload.decode(errors="replace")) for m in stranger.messages]
        assert_secret(daemon.log, shown_by_processes(), *heard)
