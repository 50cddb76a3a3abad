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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any, Final

from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import CHECKOUT, Setting, boottime_ns, say
from tests.harness.afterwards import healths_of
from tests.harness.books import MOST_CRASHED, unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.freeze import frozen_threads
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

WORK_POSES: Final = 60
"""Two seconds of work before a fault."""
DEVICES: Final = 4
"""Among so many the faults in a row are shared, for each waits longer from fault to fault."""
LIMIT_S: Final = 120.0
"""For anything to happen at all."""
COMES: Final = ("/availability", "/state", "/event")
"""What has come when a broker is back: that it is online, who is there, and what was kept."""
FAULTS: Final = (signal.SIGSTOP, signal.SIGKILL, signal.SIGSEGV)


def measure(setting: Setting) -> dict[str, Number]:
    """Each kind of fault for itself, then many in a row."""
    with Broker(setting.folder) as broker:
        numbers = _killed(setting, broker) | _stalled(setting, broker)
        numbers |= _broker_away(setting, broker) | _ended(setting, broker)
        return numbers | _in_a_row(setting, broker)


def _killed(setting: Setting, broker: Broker) -> dict[str, Number]:
    """From SIGKILL to the first pose of the next process."""
    took_s, offline = [], 0
    with Subscriber(broker.port) as stranger:
        for number in range(setting.times(12, 2)):
            with _waving(setting, broker, f"killed-{number}") as daemon:
                before = stranger.availability().count("offline")
                _work(stranger, WORK_POSES)
                vision, began_ns = daemon.wait_vision(), boottime_ns()
                os.kill(vision, signal.SIGKILL)
                daemon.wait_vision(other_than=vision)
                took_s.append((_next_pose_ns(stranger) - began_ns) / 1e9)
                offline += stranger.availability().count("offline") - before
                _end(daemon, stranger)
    rival_s = _rival(setting)
    say(f"faults: killed {median(took_s):.2f} s, a plain script {median(rival_s):.2f} s")
    seen = {"seconds": [rounded(s) for s in took_s], "rival": [rounded(s) for s in rival_s]}
    rival = Rival("a loop around a script with MediaPipe alone, to a result", median(rival_s))
    return {
        "vision_killed": Number(median(took_s), "s", Wanted("<=", 2), rival, seen),
        "vision_killed_offline": Number(offline, "messages", Wanted("<=", 0)),
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
    with Subscriber(broker.port) as stranger:
        for number in range(setting.times(10, 2)):
            with _waving(setting, broker, f"stalled-{number}") as daemon:
                _work(stranger, WORK_POSES)
                vision, began_ns = daemon.wait_vision(), boottime_ns()
                seen = len(stranger.messages)
                os.kill(vision, signal.SIGSTOP)
                said_s.append((_said_ns(stranger, seen, "stalled") - began_ns) / 1e9)
                daemon.wait_vision(other_than=vision)
                again_s.append((_next_pose_ns(stranger) - began_ns) / 1e9)
                _end(daemon, stranger)
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
                _work(stranger, WORK_POSES)
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


def _ended(setting: Setting, broker: Broker) -> dict[str, Number]:
    """From SIGTERM to the end of the daemon, at work and while its vision process hangs."""
    took_s: dict[str, list[float]] = {"running": [], "hanging": []}
    config = setting.config(source="actor", scene="waving")
    for number in range(setting.times(8, 2)):
        for state, all_s in took_s.items():
            folder = setting.empty_folder(f"ended-{state}-{number}")
            with Subscriber(broker.port) as stranger, Daemon(folder, broker.port, config) as daemon:
                _work(stranger, WORK_POSES // 6)
                vision = daemon.wait_vision()
                with frozen_threads(vision, "") if state == "hanging" else nullcontext():
                    began_ns = boottime_ns()
                    daemon.stop(LIMIT_S)
                    all_s.append((boottime_ns() - began_ns) / 1e9)
    slowest = ", ".join(f"{max(all_s):.2f} s {state}" for state, all_s in took_s.items())
    say(f"faults: ended after {slowest}")
    return {
        f"sigterm_{state}": Number(
            max(all_s), "s", Wanted("<=", 2), seen={"seconds": [*map(rounded, all_s)]}
        )
        for state, all_s in took_s.items()
    }


def _in_a_row(setting: Setting, broker: Broker) -> dict[str, Number]:
    """Faults at random moments, from the first instructions of a process on."""
    each, seed, began_ns = (
        setting.times(100, 8) // DEVICES,
        random.randrange(1 << 32),
        boottime_ns(),
    )
    suffer = partial(_suffer, setting, broker, each, seed)
    with ThreadPoolExecutor(DEVICES) as pool:
        ended = list(pool.map(suffer, range(DEVICES)))
    books = [one.health["counters"] for one in ended]
    lost = sum(sum(map(abs, unexplained(book))) + book["in_flight"] for book in books)
    # What the books have and the stranger has not, or the other way round.
    lost += sum(abs(one.health["counters"]["published"] - one.received) for one in ended)
    survived = sum(one.health["restarts"]["vision"] for one in ended)
    crashed = sum(book["crashed"] for book in books)
    at_once = max(b - a for one in ended for a, b in pairwise([0, *one.crashed]))
    seen = {
        "seed": seed,
        "minutes": rounded((boottime_ns() - began_ns) / 60e9),
        "restarts": [one.health["restarts"] for one in ended],
    }
    say(f"faults: {survived} survived, {lost} frames unexplained")
    return {
        "faults_survived": Number(survived, "faults", Wanted(">=", each * DEVICES), seen=seen),
        "faults_unexplained": Number(lost, "frames", Wanted("<=", 0), seen={"counters": books}),
        "faults_crashed": Number(
            crashed / max(1, survived),
            "frames for each fault",
            Wanted("<=", MOST_CRASHED),
            seen={"most at a time": at_once},
        ),
        "faults_offline": Number(sum(one.offline for one in ended), "messages", Wanted("<=", 0)),
    }


@dataclass(frozen=True, slots=True)
class _Suffered:
    """One device's last health, how often it was offline meanwhile, how many poses came, and how
    many frames had crashed, from one health to the next."""

    health: dict[str, Any]
    offline: int
    received: int
    crashed: list[int]


def _suffer(setting: Setting, broker: Broker, count: int, seed: int, number: int) -> _Suffered:
    """One device and so many faults."""
    rng, device, before = random.Random(seed + number), f"row{number}", None
    config = setting.config(source="actor", scene="waving", rate=15, size=[320, 240])
    config |= {"health": {"interval": 5}, "device": {"id": device}}
    with (
        Subscriber(broker.port, f"edgepose/{device}/#") as stranger,
        Daemon(setting.empty_folder(device), broker.port, config) as daemon,
    ):
        for done in range(count):
            before = daemon.wait_vision(other_than=before, limit_s=LIMIT_S)
            # Some while it opens camera and engine, the others within ten seconds of work.
            _work(stranger, max(0, rng.randrange(-20, 150)))
            os.kill(before, rng.choice(FAULTS))
            if done % 10 == 9:
                say(f"faults: {device}: {done + 1}")
        daemon.wait_vision(other_than=before, limit_s=LIMIT_S)
        _work(stranger, 30)
        _end(daemon, stranger)
        # Retained is what the daemon before has said.
        said = [m.payload for m in stranger.on("/availability") if not m.retain]
        return _Suffered(
            stranger.healths()[-1],
            said.count(b"offline") - 1,
            len({seq for seq, _ in stranger.numbers(device)}),
            [each["counters"]["crashed"] for each in healths_of(stranger, device)],
        )


@contextmanager
def _waving(setting: Setting, broker: Broker, name: str) -> Iterator[Daemon]:
    """A daemon of its own: what has just failed is not started at once for ever."""
    config = setting.config(source="actor", scene="waving")
    with Daemon(setting.empty_folder(name), broker.port, config) as daemon:
        yield daemon


def _end(daemon: Daemon, stranger: Subscriber) -> None:
    """End it in good order, and wait until that is said."""
    daemon.stop()
    wait_for(lambda: stranger.availability()[-1:] == ["offline"], 10, "offline")


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
