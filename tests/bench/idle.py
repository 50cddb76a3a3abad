"""What an empty room costs, and how soon somebody who comes in is found there.

The CPU time is that of the vision process, source and all, at the idle rate beside the full rate
with the same empty room, in turns; and beside both the full rate with a person in view.

The way in is a film of the drawn room, empty until somebody comes: walking in from the side, or
there at once in the middle, as behind a door. Beside it the same film with no idle rate: an engine
does not find a person of whom little is in view, and what idling costs is the difference. Times
count from the capture of the first frame with a joint of the person to the message at a subscriber.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import cv2

from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.messages import json_format
from edgepose.vision.attention import HOLD_S
from edgepose.vision.frame import Frame
from edgepose.vision.sources.actor import ActorSource
from tests.bench.footprint import cpu_s
from tests.bench.listener import Listener
from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import Setting, say
from tests.harness.books import page_of
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon
from tests.harness.wait import wait_for

RATE: Final = 30.0
IDLE: Final = 2.0
SIZE: Final = (640, 480)
ENGINES: Final = ("litert", "mediapipe")
EMPTY_S: Final = HOLD_S + 4
"""To get to know the room, and to have idled for a while."""
SCENES: Final = {"walking": "who walks in", "standing": "who is there at once"}


def measure(setting: Setting) -> dict[str, Number]:
    """CPU time and the way in, with both engines."""
    numbers: dict[str, Number] = {}
    with Broker(setting.folder) as broker:
        for engine in ENGINES:
            numbers |= _room(setting, broker.port, engine)
        for scene, engine in itertools.product(SCENES, ENGINES):
            numbers |= _way_in(setting, broker.port, engine, scene)
    return numbers


def _config(setting: Setting, engine: str, idle_rate: float, **camera: Any) -> dict[str, Any]:
    config = setting.config(rate=RATE, idle_rate=idle_rate, size=list(SIZE), **camera)
    config["detection"]["engine"] = engine
    return config


def _room(setting: Setting, port: int, engine: str) -> dict[str, Number]:
    """Percent of one core, again and again, and how many frames a second the engine got: where
    a busy machine loses some at full rate, the ratio looks worse than it is."""
    shares: dict[str, list[float]] = {"idle": [], "full": [], "person": []}
    looked: dict[str, list[float]] = {name: [] for name in shares}
    for i in range(setting.times(3, 1)):
        for name, idle_rate, scene in (
            ("idle", IDLE, "empty"), ("full", RATE, "empty"), ("person", IDLE, "waving"),
        ):  # fmt: skip
            config = _config(setting, engine, idle_rate, source="actor", scene=scene)
            folder = setting.empty_folder(f"idle_{engine}_{name}{i}")
            aim = IDLE if name == "idle" else RATE
            share, rate = _share(setting, folder, port, config, aim)
            shares[name].append(share)
            looked[name].append(rate)
        say(f"idle: {engine}: " + ", ".join(f"{n} {s[-1]:.1f}%" for n, s in shares.items()))
    ratios = [100 * a / b for a, b in zip(shares["idle"], shares["full"], strict=True)]
    return {
        f"idle_cpu_{engine}": Number(
            median(ratios),
            "% of the CPU time of full rate",
            Wanted("<=", 15),
            Rival("the same empty room at full rate", median(shares["full"]), "% of one core"),
            {
                **{name: [rounded(share) for share in found] for name, found in shares.items()},
                **{
                    f"{name}_looked_at_per_s": [rounded(rate) for rate in found]
                    for name, found in looked.items()
                },
            },
        )
    }


def _share(
    setting: Setting, folder: Path, port: int, config: dict[str, Any], aim: float
) -> tuple[float, float]:
    """Percent of one core, and frames a second that the engine looked at."""
    with Daemon(folder, port, config) as daemon:
        page = page_of(daemon.wait_vision())
        # Both behind the start, as long after it.
        frames = round((EMPTY_S + 1) * RATE)
        wait_for(lambda: page["captured"] >= frames, 120, f"{frames} frames: {daemon.log}")
        if page["aim_mhz"] != 1000 * aim:
            raise UserError(f"{page['aim_mhz']} mHz are aimed at", EX_UNAVAILABLE)
        pid = daemon.wait_vision()
        began, before_s, captured = time.monotonic(), cpu_s(pid), page["captured"]
        lost = page["paced"] + page["busy"]
        frames = captured + round(setting.times(20, 5) * RATE)
        wait_for(lambda: page["captured"] >= frames, 120, f"{frames} frames: {daemon.log}")
        seconds = time.monotonic() - began
        share = 100 * (cpu_s(pid) - before_s) / seconds
        looked = page["captured"] - captured - (page["paced"] + page["busy"] - lost)
        page.close()
        daemon.stop()
    return share, looked / seconds


@dataclass(slots=True)
class Arrivals:
    """For each run, from the first frame of a person: to the first frame in which it was found, and
    to its message, in ms."""

    found_ms: list[float] = field(default_factory=list)
    heard_ms: list[float] = field(default_factory=list)


def _way_in(setting: Setting, port: int, engine: str, scene: str) -> dict[str, Number]:
    arrivals = {IDLE: Arrivals(), RATE: Arrivals()}
    for i in range(setting.times(9, 2)):
        # Each time the person comes at another moment between two frames of the idle rate.
        film = setting.folder / f"{scene}{i}.avi"
        first = _film(film, scene, round(EMPTY_S * RATE) + 3 * i)
        for idle_rate, found in arrivals.items():
            config = _config(setting, engine, idle_rate, source="uri", uri=str(film), loop=False)
            folder = setting.empty_folder(f"way_{engine}_{scene}_{idle_rate:g}_{i}")
            frame, late_ms = _arrival(folder, port, config)
            found.found_ms.append((frame - first) / RATE * 1e3)
            found.heard_ms.append(found.found_ms[-1] + late_ms)
        say(f"idle: {engine}: {SCENES[scene]}: {arrivals[IDLE].heard_ms[-1]:.0f} ms, without idle"
            f" rate {arrivals[RATE].heard_ms[-1]:.0f} ms")  # fmt: skip
    idle, full = arrivals[IDLE], arrivals[RATE]
    costs = [a - b for a, b in zip(idle.heard_ms, full.heard_ms, strict=True)]
    findable_ms = min(full.found_ms)
    return {
        f"way_in_{scene}_{engine}": Number(
            median(idle.heard_ms),
            "ms from the person's first frame",
            Wanted("<=", 300),
            Rival("the same film with no idle rate", median(full.heard_ms)),
            {
                "what": SCENES[scene],
                "costs_of_idling_ms": rounded(median(costs)),
                "from_first_frame_that_full_rate_finds_ms": rounded(
                    median(idle.heard_ms) - findable_ms
                ),
                "greatest_ms": rounded(max(idle.heard_ms)),
                "ms": [rounded(ms) for ms in idle.heard_ms],
                "frame_found_ms": [rounded(ms) for ms in idle.found_ms],
                "without_idle_ms": [rounded(ms) for ms in full.heard_ms],
                "without_idle_frame_found_ms": [rounded(ms) for ms in full.found_ms],
            },
        )
    }


def _drawn(scene: str) -> Iterator[Frame]:
    return ActorSource(scene, SIZE, 0).frames(threading.Event())


def _film(path: Path, scene: str, empty: int) -> int:
    """Write a film of so many empty frames and three seconds of the scene; the number of the first
    frame with a joint of the person."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"MJPG"), RATE, SIZE)
    room = itertools.islice(_drawn("empty"), empty)
    first: int | None = None
    for number, frame in enumerate(itertools.chain(room, itertools.islice(_drawn(scene), 90))):
        if frame.truth and first is None:
            first = number
        writer.write(cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))
    writer.release()
    assert first is not None
    return first


def _arrival(folder: Path, port: int, config: dict[str, Any]) -> tuple[int, float]:
    """The first frame in which somebody is found, and from its capture to its message, in ms."""
    found: list[tuple[int, float]] = []

    def on_message(_topic: str, payload: bytes) -> bool:
        now_us = time.time_ns() / 1e3
        pose = json_format.decode(payload)
        if not pose.people:
            return False
        found.append((pose.frame, (now_us - pose.unix_us) / 1e3))
        return True

    with (
        Listener(port, [f"edgepose/{DEVICE}/pose"], on_message) as listener,
        Daemon(folder, port, config) as daemon,
    ):
        listener.wait(60, lambda: f"a person; the daemon: {daemon.log}")
        daemon.stop()
    return found[0]
