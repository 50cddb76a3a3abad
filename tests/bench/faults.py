"""How soon it is at work again after a fault, and whether it ever needs a hand.

Beside it a loop that starts a plain MediaPipe script anew whenever that is killed, as a service
manager does. The vision process is killed, stopped and crashed for real, the broker ended.
"""

import json
import os
import random
import signal
import subprocess
import sys
from functools import partial
from statistics import median
from typing import Any, Final

from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import CHECKOUT, Setting, boottime_ns, say
from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

WORK_POSES: Final = 180
"""Six seconds of work before the next fault, so that the one before is forgotten."""
LIMIT_S: Final = 120.0
"""For anything to happen at all."""
COMES: Final = ("/availability", "/state", "/event")
"""What has come when a broker is back: that it is online, who is there, and what was kept."""
FAULTS: Final = (signal.SIGSTOP, signal.SIGKILL, signal.SIGSEGV)


def measure(setting: Setting) -> dict[str, Number]:
    """Each kind of fault for itself, then many in a row."""
    with Broker(setting.folder) as broker:
        numbers = _killed(setting, broker) | _stalled(setting, broker)
        numbers |= _broker_away(setting, broker)
        return numbers | _in_a_row(setting, broker)


def _killed(setting: Setting, broker: Broker) -> dict[str, Number]:
    """From SIGKILL to the first pose of the next process."""
    took_s = []
    config = setting.config(source="actor", scene="waving")
    with (
        Subscriber(broker.port) as stranger,
        Daemon(setting.empty_folder("killed"), broker.port, config) as daemon,
    ):
        for _ in range(setting.times(12, 2)):
            _work(stranger, WORK_POSES)
            vision, began_ns = daemon.wait_vision(), boottime_ns()
            os.kill(vision, signal.SIGKILL)
            daemon.wait_vision(other_than=vision)
            took_s.append((_next_pose_ns(stranger) - began_ns) / 1e9)
        said = stranger.availability()
        daemon.stop()
    rival_s = _rival(setting)
    say(f"faults: killed {median(took_s):.2f} s, a plain script {median(rival_s):.2f} s")
    seen = {"seconds": [rounded(s) for s in took_s], "rival": [rounded(s) for s in rival_s]}
    rival = Rival("a loop around a script with MediaPipe alone, to a result", median(rival_s))
    return {
        "vision_killed": Number(median(took_s), "s", Wanted("<=", 2), rival, seen),
        "vision_killed_offline": Number(said.count("offline"), "messages", Wanted("<=", 0)),
    }


def _rival(setting: Setting) -> list[float]:
    """From SIGKILL to the next result of a plain script that is started again at once."""
    options = json.dumps({"model": str(setting.model)})
    command = [sys.executable, "-m", "edgepose.bench.bare", str(setting.pictures()), options]
    took_s, killed_ns = [], 0
    for number in range(1 + setting.times(8, 2)):
        with subprocess.Popen(
            command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            first = next(line for line in process.stdout if line.startswith(b"answer "))
            if number:
                took_s.append((int(first.split()[1]) - killed_ns) / 1e9)
            killed_ns = boottime_ns()
            process.kill()
    return took_s


def _stalled(setting: Setting, broker: Broker) -> dict[str, Number]:
    """From the last frame to the word and to the next pose."""
    said_s, again_s = [], []
    config = setting.config(source="actor", scene="waving")
    with (
        Subscriber(broker.port) as stranger,
        Daemon(setting.empty_folder("stalled"), broker.port, config) as daemon,
    ):
        for _ in range(setting.times(10, 2)):
            _work(stranger, WORK_POSES)
            vision, seen, began_ns = daemon.wait_vision(), len(stranger.messages), boottime_ns()
            os.kill(vision, signal.SIGSTOP)
            said_s.append((_said_ns(stranger, seen, "stalled") - began_ns) / 1e9)
            daemon.wait_vision(other_than=vision)
            again_s.append((_next_pose_ns(stranger) - began_ns) / 1e9)
        daemon.stop()
    say(f"faults: stalled, said after {max(said_s):.2f} s, again after {max(again_s):.2f} s")
    return {
        name: Number(max(all_s), "s", Wanted("<=", bound), seen={"seconds": [*map(rounded, all_s)]})
        for name, all_s, bound in (
            ("capture_stalled_said", said_s, 3),
            ("capture_stalled_again", again_s, 6),
        )
    }


def _broker_away(setting: Setting, broker: Broker) -> dict[str, Number]:
    """From the moment at which its port is open again to the last of what must come then."""
    rows: list[dict[str, float]] = []
    config = setting.config(source="actor", scene="walking")
    config["presence"] = {"on_after": 0.1, "off_after": 1}
    with Daemon(setting.empty_folder("broker"), broker.port, config) as daemon:
        for _ in range(setting.times(9, 2)):
            with Subscriber(broker.port) as stranger:
                _work(stranger, WORK_POSES // 3)
                events = len(stranger.on("/event"))
                # Whoever comes or goes is told while it is away, too.
                wait_for(partial(_more, stranger, events), LIMIT_S, "an event")
            broker.stop()
            _while_away()
            broker.start()
            open_ns = boottime_ns()
            with Subscriber(broker.port) as stranger:
                rows.append({t: _come_s(stranger, t, open_ns) for t in COMES})
        daemon.stop()
    whole = [max(row.values()) for row in rows]
    say(f"faults: broker back, all told after {median(whole):.2f} s")
    seen = {topic: [rounded(row[topic]) for row in rows] for topic in COMES}
    return {"broker_back": Number(median(whole), "s", Wanted("<=", 3), seen=seen)}


def _more(stranger: Subscriber, events: int) -> bool:
    return len(stranger.on("/event")) > events


def _while_away() -> None:
    """Long enough that somebody has come and gone, and that it is not tried at once any more."""
    began_ns = boottime_ns()
    wait_for(lambda: boottime_ns() - began_ns > 12e9, 20, "twelve seconds", 0.2)


def _come_s(stranger: Subscriber, topic: str, open_ns: int) -> float:
    message = wait_for(lambda: next(iter(stranger.on(topic)), None), LIMIT_S, f"a {topic}")
    return (message.at_ns - open_ns) / 1e9


def _in_a_row(setting: Setting, broker: Broker) -> dict[str, Number]:
    """Faults at random moments, from the first instructions of a process on."""
    count, seed = setting.times(100, 4), random.randrange(1 << 32)
    rng = random.Random(seed)
    config = setting.config(source="actor", scene="waving", rate=15)
    config["health"] = {"interval": 5}
    began_ns, before = boottime_ns(), None
    with (
        Subscriber(broker.port) as stranger,
        Daemon(setting.empty_folder("row"), broker.port, config) as daemon,
    ):
        for number in range(count):
            before = daemon.wait_vision(other_than=before, limit_s=LIMIT_S)
            # Some while it opens camera and engine, the others within ten seconds of work.
            _work(stranger, max(0, rng.randrange(-20, 150)))
            os.kill(before, rng.choice(FAULTS))
            if number % 10 == 9:
                say(f"faults: {number + 1} in {(boottime_ns() - began_ns) / 60e9:.1f} min")
        daemon.wait_vision(other_than=before, limit_s=LIMIT_S)
        _work(stranger, 30)
        daemon.stop()
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 10, "offline")
        health: dict[str, Any] = stranger.healths()[-1]
        # Retained is what the daemon before has said.
        said = [m.payload for m in stranger.on("/availability") if not m.retain]
        offline = said.count(b"offline") - 1
    counters = health["counters"]
    lost = sum(map(abs, unexplained(counters))) + counters["in_flight"]
    restarts = health["restarts"]
    seen = {"seed": seed, "minutes": rounded((boottime_ns() - began_ns) / 60e9), **restarts}
    say(f"faults: {restarts['vision']} survived, {lost} frames unexplained")
    return {
        "faults_survived": Number(restarts["vision"], "faults", Wanted(">=", count), seen=seen),
        "faults_unexplained": Number(lost, "frames", Wanted("<=", 0), seen={"counters": counters}),
        "faults_offline": Number(offline, "messages", Wanted("<=", 0)),
    }


def _work(stranger: Subscriber, poses: int) -> None:
    """Wait for so many poses more."""
    stranger.wait_poses(len(stranger.on("/pose")) + poses, LIMIT_S)


def _next_pose_ns(stranger: Subscriber) -> int:
    """When the next pose came, CLOCK_BOOTTIME."""
    had = len(stranger.on("/pose"))
    _work(stranger, 1)
    return stranger.on("/pose")[had].at_ns


def _said_ns(stranger: Subscriber, seen: int, camera: str) -> int:
    """When a health message after the first `seen` messages said this of the camera."""
    mark = f'"camera":"{camera}"'.encode()

    def said() -> int | None:
        messages = stranger.messages[seen:]
        return next(
            (m.at_ns for m in messages if m.topic.endswith("/health") and mark in m.payload), None
        )

    return wait_for(said, LIMIT_S, f"camera {camera}")
