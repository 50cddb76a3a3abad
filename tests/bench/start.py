"""From the start of `edgepose run` to the first pose at a subscriber, the model being there.

Against a script that does nothing but MediaPipe, from its start to the first result.
"""

import json
import shutil
from statistics import median

from tests.bench.listener import Listener
from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import Setting, boottime_ns, run_quietly, say
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon


def measure(setting: Setting) -> dict[str, Number]:
    """The median of the starts."""
    one = setting.empty_folder("picture")
    shutil.copy(min(setting.pictures().iterdir()), one)
    ours, theirs = [], []
    with Broker(setting.folder) as broker:
        for i in range(setting.times(7, 2)):
            ours.append(first_pose_s(setting, broker.port, f"start{i}"))
            printed = run_quietly(
                "tests/bench/bare.py", str(setting.model), str(one), "1", "{began_ns}"
            )
            first = json.loads(printed)
            theirs.append((first["answers"][0][1] - first["began_ns"]) / 1e9)
            say(f"start: {ours[-1]:.2f} s, bare MediaPipe {theirs[-1]:.2f} s")
    return {
        "start": Number(
            median(ours),
            "s",
            Wanted("<=", 3),
            Rival("a script with MediaPipe alone, to its first result", median(theirs)),
            {
                "seconds": [rounded(s) for s in ours],
                "rival_seconds": [rounded(s) for s in theirs],
            },
        )
    }


def first_pose_s(setting: Setting, port: int, name: str, engine: str = "mediapipe") -> float:
    """Seconds from the start of the daemon to its first pose."""
    arrived_ns = 0

    def on_message(_topic: str, _payload: bytes) -> bool:
        nonlocal arrived_ns
        arrived_ns = boottime_ns()
        return True

    config = setting.config(source="actor", scene="waving")
    config["detection"]["engine"] = engine
    folder = setting.empty_folder(name)
    with Listener(port, [f"edgepose/{DEVICE}/pose/packed"], on_message) as listener:
        began_ns = boottime_ns()
        with Daemon(folder, port, config) as daemon:
            listener.wait(60, lambda: f"a first pose; the daemon: {daemon.log}")
            daemon.stop()
    return (arrived_ns - began_ns) / 1e9
