"""Frames a second of the whole daemon with a subscriber, against MediaPipe by itself.

Both look at the same pictures from memory in the same order, each as fast as it can, one after
the other and again. Counted are poses: the daemon's by what its subscriber received. It publishes
both formats, as it does by default; the subscriber reads one of them, packed.
"""

import itertools
import json
from dataclasses import dataclass
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
_FRAME: Final = slice(24, 28)
"""Where a packed pose holds its frame's number."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast poses came: `rate` a second over the whole time, and by the median interval alone,
    which hardly sees what else the machine does now and then."""

    rate: float
    usual_rate: float


def measure(setting: Setting) -> dict[str, Number]:
    """The ratio, pair by pair."""
    frames = setting.times(6, 2) * PICTURES
    ours, theirs = [], []
    with Broker(setting.folder) as broker:
        for i in range(setting.times(5, 1)):
            ours.append(_ours(setting, broker.port, frames, f"throughput{i}"))
            theirs.append(_theirs(setting, frames))
            say(f"throughput: {ours[-1].rate:.1f} poses/s, bare MediaPipe {theirs[-1].rate:.1f}")
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    usual = [a.usual_rate / b.usual_rate for a, b in zip(ours, theirs, strict=True)]
    return {
        "throughput": Number(
            median(ratios),
            "of the rival's poses/s",
            Wanted(">=", 0.95),
            Rival(
                "MediaPipe alone, one frame in flight",
                median(pace.rate for pace in theirs),
                "poses/s",
            ),
            {
                "frames": frames,
                "poses_per_s": [rounded(pace.rate) for pace in ours],
                "rival_poses_per_s": [rounded(pace.rate) for pace in theirs],
                "ratios": [rounded(ratio) for ratio in ratios],
                "ratios_by_median_interval": [rounded(ratio) for ratio in usual],
            },
        )
    }


def _ours(setting: Setting, port: int, frames: int, name: str) -> Pace:
    arrivals: list[tuple[bytes, int]] = []
    last = WARM_UP + frames

    def on_message(_topic: str, payload: bytes) -> bool:
        arrivals.append((payload, boottime_ns()))
        # Decoding can wait until nothing is measured any more: the subscriber shares the cores.
        return int.from_bytes(payload[_FRAME], "little") >= last

    config = setting.config(
        source="uri", uri=str(setting.pictures()), loop=True, rate=0, size=list(SIZE)
    )
    with (
        Listener(port, [f"edgepose/{DEVICE}/pose/packed"], on_message) as listener,
        Daemon(setting.empty_folder(name), port, config) as daemon,
    ):
        listener.wait(120, lambda: f"{last} frames; the daemon: {daemon.log}")
        daemon.stop()
    poses = [(packed.decode(payload), at_ns) for payload, at_ns in arrivals]
    return _pace({pose.frame: at_ns for pose, at_ns in poses if pose.people}, frames)


def _theirs(setting: Setting, frames: int) -> Pace:
    count = str(WARM_UP + frames + 1)
    printed = run_quietly(
        "tests/bench/bare.py", str(setting.model), str(setting.pictures()), count, "0"
    )
    answers = json.loads(printed)["answers"]
    return _pace({number: at_ns for number, at_ns, people in answers if people}, frames)


def _pace(at_ns: dict[int, int], frames: int) -> Pace:
    """Over the frames behind the warm-up; `at_ns` by frame."""
    times = [ns for frame, ns in at_ns.items() if WARM_UP <= frame <= WARM_UP + frames]
    intervals = [b - a for a, b in itertools.pairwise(times)]
    return Pace(len(intervals) / sum(intervals) * 1e9, 1e9 / median(intervals))
