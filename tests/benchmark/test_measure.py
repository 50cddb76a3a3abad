"""One setting measured, with the real vision process and plain MediaPipe on drawn pictures."""

import asyncio
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgepose.bench import measure
from edgepose.bench.watch import Window
from edgepose.config.model import Config
from edgepose.messages.control import Configure
from edgepose.translate import vision

SIZE = (320, 240)


def draw(folder: Path, size: tuple[int, int] = SIZE) -> int:
    command = [sys.executable, "-P", "-m", "edgepose.bench.frames", "waving", *map(str, size)]
    done = subprocess.run(
        [*command, str(folder)], check=True, capture_output=True, text=True, timeout=60
    )
    return int(done.stdout)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    assert draw(folder) == 33
    return folder


def told(model: Path, pictures: Path) -> Configure:
    usual = vision(Config(), "mediapipe", model, Path(), 0)
    return dataclasses.replace(
        usual, source="uri", uri=str(pictures), loop=True, rate=0.0, workers=1, threads=1
    )


def window(ticks: list[float]) -> Window:
    return Window(warm_up_s=0.1, seconds=0.4, pictures_mb=7.6, tick=ticks.append)


@pytest.mark.parametrize("how", [measure.vision, measure.bare])
def test_both_are_measured_alike(how: object, model_full: Path, pictures: Path) -> None:
    assert callable(how)
    ticks: list[float] = []
    found = asyncio.run(how(told(model_full, pictures), window(ticks)))
    assert found.frames >= 10
    assert found.seconds >= 0.4
    assert len(found.delays_ms) == found.frames
    # One at a time: a frame's delay is all the time from the answer before it.
    assert sum(found.delays_ms) == pytest.approx(1000 * found.seconds)
    assert found.cpu_s > 0
    assert found.memory_mb > 100
    assert found.start_s > 0
    assert ticks == sorted(ticks)
    assert ticks[-1] == 1.0


def test_plain_mediapipe_runs_behind_the_sandbox(model_full: Path, pictures: Path) -> None:
    options = json.dumps({"model": str(model_full)})
    command = [sys.executable, "-P", "-m", "edgepose.bench.bare", str(pictures), options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("answer "))
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.kill()
    assert line.split()[2] == "1"
    # A filter is loaded.
    assert "\nSeccomp:\t2\n" in status


def test_large_pictures_are_fewer_and_still_go_round(tmp_path: Path) -> None:
    count = draw(tmp_path, (1920, 1080))
    assert count == len([*tmp_path.iterdir()]) == 5
