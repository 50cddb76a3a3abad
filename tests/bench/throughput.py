"""Frames a second of the whole daemon with a subscriber, against MediaPipe by itself.

Both look at the same pictures from memory in the same order, each as fast as it can, one after
the other and again. Counted are poses: the daemon's by what its subscriber received.
"""

import json
from statistics import median
from typing import Final

from edgepose.messages import packed
from tests.bench.footage import PICTURES, SIZE
from tests.bench.listener import Listener
from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import Setting, boottime_ns, run_quietly, say
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon

WARM_UP: Final = 2 * PICTURES
"""In the first round the daemon reads the files."""


def measure(setting: Setting) -> dict[str, Number]:
    """The ratio, pair by pair."""
    frames = setting.times(6, 2) * PICTURES
    ours, theirs = [], []
    with Broker(setting.folder) as broker:
        for i in range(setting.times(5, 1)):
            ours.append(_ours(setting, broker.port, frames, f"throughput{i}"))
            theirs.append(_theirs(setting, frames))
            say(f"throughput: {ours[-1]:.1f} poses/s, bare MediaPipe {theirs[-1]:.1f}")
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    return {
        "throughput": Number(
            median(ratios),
            "of the rival's poses/s",
            Wanted(">=", 0.95),
            Rival("MediaPipe alone, one frame in flight", median(theirs), "poses/s"),
            {
                "frames": frames,
                "poses_per_s": [rounded(rate) for rate in ours],
                "rival_poses_per_s": [rounded(rate) for rate in theirs],
                "ratios": [rounded(ratio) for ratio in ratios],
            },
        )
    }


def _ours(setting: Setting, port: int, frames: int, name: str) -> float:
    arrivals: dict[int, int] = {}
    packed_topic = f"edgepose/{DEVICE}/pose/packed"

    def on_message(topic: str, payload: bytes) -> bool:
        if topic != packed_topic:
            return False
        pose = packed.decode(payload)
        if pose.people:
            arrivals[pose.frame] = boottime_ns()
        return pose.frame >= WARM_UP + frames

    config = setting.config(
        source="uri", uri=str(setting.pictures()), loop=True, rate=0, size=list(SIZE)
    )
    topics = [packed_topic, f"edgepose/{DEVICE}/pose"]
    with (
        Listener(port, topics, on_message) as listener,
        Daemon(setting.empty_folder(name), port, config) as daemon,
    ):
        listener.wait(120, lambda: f"{WARM_UP + frames} frames; the daemon: {daemon.log}")
        daemon.stop()
    return _rate(arrivals, frames)


def _theirs(setting: Setting, frames: int) -> float:
    count = str(WARM_UP + frames + 1)
    printed = run_quietly(
        "tests/bench/bare.py", str(setting.model), str(setting.pictures()), count, "0"
    )
    answers = json.loads(printed)["answers"]
    return _rate({number: at_ns for number, at_ns, people in answers if people}, frames)


def _rate(at_ns: dict[int, int], frames: int) -> float:
    """Poses a second over the frames behind the warm-up; `at_ns` by frame."""
    times = [ns for frame, ns in at_ns.items() if WARM_UP <= frame <= WARM_UP + frames]
    return (len(times) - 1) / (max(times) - min(times)) * 1e9
