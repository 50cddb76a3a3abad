"""The page that lists every connection, compared with the system calls of each command. What the
service does is compared in tests/appliance."""

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgepose.cli import COMMANDS
from tests.harness.broker import Broker, free_port
from tests.harness.cameras import HttpCamera
from tests.harness.connections import ANYBODY, PAGE, on_the_page, seen_in, silent_on_the_page
from tests.harness.daemon import PYTHON, Daemon, config_text
from tests.harness.programs import addressed, by_program
from tests.harness.subscriber import Subscriber
from tests.models.host import absent, serving
from tests.terminal.simulated import Devices

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("model_full")]
MANIFEST = PAGE.parents[1] / "models" / "manifest"
LIMIT_S = 60
PROGRAMS = {'"run", "--config"': "the daemon", '"edgepose.vision': "the vision process"}


def traced(
    folder: Path,
    *words: str | Path,
    to_its_first_line: bool = False,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """The calls of a command, to its end or to its first line, but for those of its daemon."""
    command = [*addressed(folder / "calls"), PYTHON, "-m", "edgepose", *map(str, words)]
    with subprocess.Popen(
        ["timeout", "--signal=INT", str(LIMIT_S), *command],
        env={**os.environ, **(environment or {})},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if to_its_first_line:
            assert process.stdout is not None
            assert process.stdout.readline()
            # It hands it on.
            process.send_signal(signal.SIGINT)
        said, complained = process.communicate()
    print(said[-300:], complained[-300:])
    calls = by_program(folder / "calls", {**PROGRAMS, f'"-m", "edgepose", "{words[0]}"': "it"})
    assert calls["it"]
    return calls["it"]


def assert_on_the_page(who: str, seen: set[str]) -> None:
    """All that was seen, and nothing else, is there."""
    page = on_the_page()
    assert seen - page[ANYBODY] == page[who]


def test_the_page_tells_of_every_command() -> None:
    told = {*on_the_page(), *silent_on_the_page()}
    wanted = {f"edgepose {name}" for name in COMMANDS if name != "run"}
    assert {name for name in told if name.startswith("edgepose ")} == wanted


def test_watch(tmp_path: Path, broker: Broker) -> None:
    with Devices(broker.port, ["hall"]):
        calls = traced(
            tmp_path,
            "watch",
            "--json",
            "--host",
            "localhost",
            "--port",
            str(broker.port),
            to_its_first_line=True,
        )
    names = (f"{address}:{broker.port}" for address in ("127.0.0.1", "::1"))
    assert_on_the_page(
        "edgepose watch", seen_in(calls, dict.fromkeys(names, "mqtt.host:mqtt.port"))
    )


def test_ffmpeg(tmp_path: Path, broker: Broker) -> None:
    with HttpCamera("jo", "hunter2") as camera, Subscriber(broker.port) as stranger:
        uri = f"http://jo:hunter2@localhost:{camera.port}/live"
        config = {"camera": {"source": "uri", "uri": uri, "rate": 5}}
        tracer = addressed(tmp_path / "calls")
        with Daemon(tmp_path, broker.port, config, *tracer) as daemon:
            stranger.wait_poses(2, LIMIT_S)
            daemon.stop()
        names = (f"{address}:{camera.port}" for address in ("127.0.0.1", "::1"))
    calls = by_program(tmp_path / "calls", {'["ffmpeg", ': "ffmpeg", **PROGRAMS})
    assert_on_the_page("ffmpeg", seen_in(calls["ffmpeg"], dict.fromkeys(names, "camera.uri")))
    assert not any(str(camera.port) in line for line in calls["the vision process"])


def test_demo(tmp_path: Path) -> None:
    assert_on_the_page("edgepose demo", seen_in(traced(tmp_path, "demo", "--seconds", "1"), {}))


def test_snapshot(tmp_path: Path) -> None:
    calls = traced(tmp_path, "snapshot", "out.png", environment={"RUNTIME_DIRECTORY": ""})
    assert_on_the_page("edgepose snapshot", seen_in(calls, {}))


def test_live(tmp_path: Path) -> None:
    port = free_port()
    file = tmp_path / "edgepose.yaml"
    file.write_text(f"live: {{enabled: true, host: 0.0.0.0, port: {port}}}\n")
    calls = traced(tmp_path, "live", file, environment={"XDG_STATE_HOME": str(tmp_path)})
    seen = seen_in(calls, {f"127.0.0.1:{port}": "live.host:live.port"})
    assert_on_the_page("edgepose live", seen)


def test_model(tmp_path: Path) -> None:
    with serving(absent) as host, serving(absent) as index:
        text = MANIFEST.read_text()
        (url,) = {word for word in text.split('"') if word.endswith("full.task") and "//" in word}
        (tmp_path / "manifest").write_text(text.replace(url, host))
        places = {
            url.split("/")[2]: name
            for url, name in ((host, "model host"), (index, "package index"))
        }
        calls = traced(
            *(tmp_path, "model", "get", "full", "--dir", tmp_path),
            environment={
                "PIP_INDEX_URL": index,
                "PIP_CONFIG_FILE": "/dev/null",
                "no_proxy": "127.0.0.1",
            },
        )
    seen = seen_in(calls, {where: f"{name}:443" for where, name in places.items()})
    assert_on_the_page("edgepose model", seen)


@pytest.mark.parametrize("command", sorted(silent_on_the_page()))
def test_who_connects_to_nothing(tmp_path: Path, command: str) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text(config_text(1883, {"live": {"enabled": True, "host": "0.0.0.0"}}))
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    name = command.removeprefix("edgepose ")
    quick = (
        "--quick",
        "--engines",
        "litert",
        "--models",
        "full",
        "--workers",
        "1",
        "--threads",
        "1",
    )
    words = quick if name == "bench" else (file,)
    calls = traced(tmp_path, name, *words, environment=environment)
    assert seen_in(calls, {}) <= on_the_page()[ANYBODY]
