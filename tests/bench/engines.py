"""The engines beside each other and beside plain MediaPipe: delay, frames a second, memory, start.

Frames a second are those of the vision process, which is told to look at pictures from memory as
fast as it can, in pairs with plain MediaPipe that looks at the same.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median
from typing import Any, Final

from edgepose import translate
from edgepose.bench import measure as bench
from edgepose.bench.numbers import Numbers
from edgepose.bench.watch import Window
from edgepose.config.model import Config
from edgepose.messages.control import Configure
from tests.bench.footage import PICTURES, SIZE
from tests.bench.footprint import count, memory_mb
from tests.bench.number import Number, Rival, Wanted, rounded, spread
from tests.bench.setting import Setting, run_quietly, say
from tests.bench.start import first_pose_s
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon

TWO_WORKERS: Final = {"litert": 1.8, "mediapipe": 1.7}
"""How many times the frames of plain MediaPipe are wanted of two workers with one thread each."""
BARE: Final = "plain MediaPipe, one frame in flight"


def measure(setting: Setting) -> dict[str, Number]:
    """Everything about engines."""
    return {**_delay(setting), **_frames(setting), **_memory(setting), **_start(setting)}


def _delay(setting: Setting) -> dict[str, Number]:
    rounds = str(setting.times(6, 2))
    seen = json.loads(
        run_quietly("tests/bench/delays.py", str(setting.model), str(setting.pictures()), rounds)
    )
    theirs, ours, own = (list(column) for column in zip(*seen["rows"], strict=True))
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    say(f"engines: litert {median(ours):.1f} ms, mediapipe {median(theirs):.1f} ms a frame")
    return {
        "litert_delay": Number(
            ratio,
            "of mediapipe's delay of one frame",
            Wanted("<=", 0.6),
            Rival("engine mediapipe", median(theirs), "ms"),
            {"litert_ms": spread(ours), "mediapipe_ms": spread(theirs)},
        ),
        "litert_own_code": Number(
            median(own), "ms of a frame", Wanted("<=", 1.5), seen={"ms": spread(own)}
        ),
        "litert_detections": Number(
            seen["detections"],
            "runs of the detector",
            seen={"frames": len(ours), "frames_with_nobody": seen["nobody"]},
        ),
    }


def _frames(setting: Setting) -> dict[str, Number]:
    window = Window(1.0, setting.times(8, 2), 0.0, lambda _part: None)
    rates: dict[str, list[float]] = {name: [] for name in TWO_WORKERS}
    ratios: dict[str, list[float]] = {name: [] for name in TWO_WORKERS}
    bare: list[float] = []
    for _ in range(setting.times(5, 1)):
        for name, of_bare in ratios.items():
            told = _told(setting, name, workers=2)
            plain = _measured(bench.bare, _told(setting, "mediapipe"), window)
            ours = _measured(bench.vision, told, window)
            bare.append(plain)
            rates[name].append(ours)
            of_bare.append(ours / plain)
            say(f"engines: {name}, 2 workers: {ours:.1f} frames/s, {BARE}: {plain:.1f}")
    return {
        f"{name}_two_workers": Number(
            median(ratios[name]),
            "of the rival's frames/s",
            Wanted(">=", wanted),
            Rival(BARE, median(bare), "frames/s"),
            {
                "frames_per_s": [rounded(rate) for rate in rates[name]],
                "ratios": [rounded(ratio) for ratio in ratios[name]],
            },
        )
        for name, wanted in TWO_WORKERS.items()
    }


def _told(setting: Setting, engine: str, workers: int = 1) -> Configure:
    config = Config.model_validate(
        {
            "camera": {
                "source": "uri",
                "uri": str(setting.pictures()),
                "rate": 0.0,
                "size": list(SIZE),
            },
            "detection": {"workers": workers, "threads": 1},
        }
    )
    return translate.vision(config, engine, setting.model, Path("/"), 0)


def _measured(
    how: Callable[[Configure, Window], Coroutine[Any, Any, Numbers]],
    told: Configure,
    window: Window,
) -> float:
    return asyncio.run(how(told, window)).frames_per_s


def _memory(setting: Setting) -> dict[str, Number]:
    config = setting.config(source="actor", scene="waving", rate=15)
    config["detection"]["engine"] = "litert"
    with (
        Broker(setting.folder) as broker,
        Daemon(setting.empty_folder("memory"), broker.port, config) as daemon,
    ):
        count(broker.port, PICTURES, daemon)
        vision = memory_mb(daemon.wait_vision())["Rss"]
        ours = memory_mb(daemon.pid)["Rss"]
        daemon.stop()
    say(f"engines: vision process with litert {vision:.0f} MB, daemon {ours:.0f} MB")
    return {
        "litert_vision_memory": Number(vision, "MB", Wanted("<=", 170)),
        "litert_memory": Number(vision + ours, "MB, daemon and vision", Wanted("<=", 230)),
    }


def _start(setting: Setting) -> dict[str, Number]:
    with Broker(setting.folder) as broker:
        seconds = [
            first_pose_s(setting, broker.port, f"litert{i}", "litert")
            for i in range(setting.times(7, 2))
        ]
    say(f"engines: first pose with litert after {median(seconds):.2f} s")
    return {
        "litert_start": Number(
            median(seconds), "s", Wanted("<=", 1.5), seen={"seconds": [rounded(s) for s in seconds]}
        )
    }
