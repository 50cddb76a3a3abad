"""What a change of the config costs while edgepose runs, and what a check of it costs.

Beside it the only way that there is without: to end the daemon and start it again.
"""

import resource
import subprocess
import sys
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any

from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import CHECKOUT, Setting, boottime_ns, say
from tests.bench.start import first_pose_s
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

SETS = ("coco17", "blazepose33")
SCENES = ("standing", "waving")


def measure(setting: Setting) -> dict[str, Number]:
    """Changes of each kind, one behind the other, on one daemon."""
    folder = setting.empty_folder("reload")
    with Broker(setting.folder) as broker:
        config = setting.config(source="actor", scene="waving")
        with (
            Subscriber(broker.port) as stranger,
            Daemon(folder, broker.port, config) as daemon,
        ):
            stranger.wait_poses(60)
            measured = _live(setting, stranger, daemon, broker.port, config)
            measured |= _rebuild(setting, stranger, daemon, broker.port, config)
            daemon.stop()
        restart = first_pose_s(setting, broker.port, "restart")
    for name in ("reload_live", "reload_rebuild"):
        measured[name] = _beside(measured[name], restart)
    return measured | _check(setting)


def _live(
    setting: Setting, stranger: Subscriber, daemon: Daemon, port: int, config: dict[str, Any]
) -> dict[str, Number]:
    """From the rename of the file to the first pose that follows it."""
    took_s, lost = [], 0
    for number in range(setting.times(20, 4)):
        wanted = SETS[number % 2]
        seen = len(stranger.on("/pose"))
        text = config_text(port, {**config, "messages": {"landmarks": wanted}})
        began_ns = boottime_ns()
        daemon.save(text.encode())

        def follows(seen: int = seen, wanted: str = wanted) -> int | None:
            messages = stranger.on("/pose")[seen:]
            mark = f'"set":"{wanted}"'.encode()
            return next((m.at_ns for m in messages if mark in m.payload), None)

        took_s.append((wait_for(follows, 10, f"a pose of {wanted}") - began_ns) / 1e9)
        stranger.wait_poses(len(stranger.on("/pose")) + 15)
        frames = [pose.frame for pose in stranger.poses()[seen:]]
        lost += sum(b - a - 1 for a, b in pairwise(frames))
    say(f"reload: live {max(took_s):.3f} s at most")
    seen_s = {"seconds": [rounded(s) for s in took_s], "median": rounded(median(took_s))}
    return {
        "reload_live": Number(max(took_s), "s", Wanted("<=", 0.2), None, seen_s),
        "reload_live_frames_lost": Number(lost, "frames", Wanted("<=", 0), None),
    }


def _rebuild(
    setting: Setting, stranger: Subscriber, daemon: Daemon, port: int, config: dict[str, Any]
) -> dict[str, Number]:
    """The longest time without a pose around a change of the camera."""
    gaps_s = []
    for number in range(setting.times(10, 2)):
        seen, vision = len(stranger.on("/pose")), daemon.wait_vision()
        reports = len(stranger.configs())
        camera = {**config["camera"], "scene": SCENES[number % 2]}
        daemon.save(config_text(port, {**config, "camera": camera}).encode())
        daemon.wait_vision(other_than=vision)
        wait_for(partial(_another, stranger, reports), 30, "the change in force")
        stranger.wait_poses(len(stranger.on("/pose")) + 15)
        times = [message.at_ns for message in stranger.on("/pose")[seen - 1 :]]
        gaps_s.append(max(b - a for a, b in pairwise(times)) / 1e9)
    said = stranger.availability()
    say(f"reload: rebuild {max(gaps_s):.2f} s at most, availability {said}")
    seen_s = {"seconds": [rounded(s) for s in gaps_s], "median": rounded(median(gaps_s))}
    return {
        "reload_rebuild": Number(max(gaps_s), "s", Wanted("<=", 3), None, seen_s),
        "reload_rebuild_left_online": Number(
            len(said) - said.count("online"), "messages", Wanted("<=", 0)
        ),
    }


def _another(stranger: Subscriber, reports: int) -> bool:
    return len(stranger.configs()) > reports


def _beside(number: Number, restart_s: float) -> Number:
    rival = Rival("the daemon started anew, to its first pose", restart_s)
    return Number(number.value, number.unit, number.wanted, rival, number.seen)


def _check(setting: Setting) -> dict[str, Number]:
    """The processor's time of `edgepose check`, with Python's own start and pydantic beside it."""
    file = str(CHECKOUT / "config" / "edgepose.yaml")
    ours, theirs = [], []
    for _ in range(setting.times(15, 3)):
        ours.append(_cpu_s("-m", "edgepose", "check", file))
        theirs.append(_cpu_s("-c", "import pydantic"))
    return {
        "check_cpu": Number(
            median(ours),
            "s",
            Wanted("<=", 0.2),
            Rival("Python that imports pydantic and ends", median(theirs)),
            {"seconds": [rounded(s) for s in ours]},
        )
    }


def _cpu_s(*arguments: str) -> float:
    """Seconds that a Python program took of the processor, in itself and in the kernel."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=CHECKOUT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
