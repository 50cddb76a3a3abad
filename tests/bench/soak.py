"""A long run: memory, descriptors and threads of both processes, and the sums, message by message.

There is no rival: a number that is flat has none.
"""

import json
import os
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.footprint import memory_mb
from tests.bench.listener import Listener
from tests.bench.number import Number, Wanted, rounded
from tests.bench.setting import Setting, boottime_ns, say
from tests.harness.books import MOST_IN_FLIGHT, unexplained
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon

WARM_UP: Final = 0.25
"""So much of the run comes before what is judged."""
SAMPLES: Final = 240


def measure(setting: Setting) -> dict[str, Number]:
    """Slopes after the warm-up, and what did not add up."""
    minutes = 1.0 if setting.quick else setting.soak_minutes
    config = setting.config(source="actor", scene="waving")
    config["health"] = {"interval": max(1.0, minutes * 60 / SAMPLES)}
    began_ns = boottime_ns()
    rows: list[dict[str, float]] = []
    wrong = most_in_flight = 0
    poses = Counted()
    with (
        Broker(setting.folder) as broker,
        Daemon(setting.empty_folder("soak"), broker.port, config) as daemon,
    ):
        vision = daemon.wait_vision()
        topics = [f"edgepose/{DEVICE}/{name}" for name in ("health", "pose")]

        def on_message(topic: str, payload: bytes) -> bool:
            nonlocal wrong, most_in_flight
            if topic.endswith("/pose"):
                poses.take(payload)
                return False
            counters = json.loads(payload)["counters"]
            # Both come on one connection, in their order.
            poses.compare(counters)
            wrong += sum(map(abs, unexplained(counters)))
            most_in_flight = max(most_in_flight, counters["in_flight"])
            hours = (boottime_ns() - began_ns) / 3600e9
            rows.append(
                {"hours": hours, **_sizes("daemon", daemon.pid), **_sizes("vision", vision)}
            )
            if len(rows) % 20 == 0:
                told = {what: rounded(value) for what, value in rows[-1].items()}
                say(f"soak: {60 * hours:.0f} min, {told}")
            return hours > minutes / 60

        with Listener(broker.port, topics, on_message) as listener:
            listener.wait(90 * minutes, lambda: f"the end of it; the daemon: {daemon.log}")
        restarted = daemon.vision_pid != vision
        daemon.stop()
    late = [row for row in rows if row["hours"] > WARM_UP * rows[-1]["hours"]]
    seen = {"minutes": rounded(60 * rows[-1]["hours"]), "samples": len(late)}
    numbers = {}
    for name in ("daemon", "vision"):
        slope = slope_per_hour(late, f"{name}_mb")
        ends = {n: rounded(late[i][f"{name}_mb"]) for n, i in (("begin", 0), ("end", -1))}
        numbers[f"soak_{name}_memory"] = Number(
            slope, "MB/h", Wanted("<=", 1), seen={**seen, **ends}
        )
        for what in ("files", "threads"):
            values = [row[f"{name}_{what}"] for row in late]
            numbers[f"soak_{name}_{what}"] = Number(
                max(values) - min(values), what, Wanted("<=", 1), seen={"most": max(values)}
            )
    numbers["soak_unexplained"] = Number(
        wrong + poses.off, "frames", Wanted("<=", 0), seen={**seen, "poses": poses.count}
    )
    numbers["soak_in_flight"] = Number(
        most_in_flight, "frames at most", Wanted("<=", MOST_IN_FLIGHT), seen=seen
    )
    numbers["soak_captured"] = Number(
        poses.ahead, "frames from the camera's own number", Wanted("<=", MOST_IN_FLIGHT)
    )
    numbers["soak_restarts"] = Number(int(restarted), "restarts", Wanted("<=", 0))
    return numbers


class Counted:
    """Poses as a stranger counts them, by their numbers, held to the books.

    `count`: how many came. `off`: how many are missing, in the stream or in the books. `ahead`: by
    how many frames at most the books are away from the number that the camera gave the newest one.
    """

    def __init__(self) -> None:
        self.count = self.off = self.ahead = 0
        self._seq = self._frame = -1

    def take(self, payload: bytes) -> None:
        """Another one came."""
        pose = json.loads(payload)
        if self.count:
            self.off += abs(pose["seq"] - self._seq - 1)
        self._seq, self._frame = pose["seq"], pose["frame"]
        self.count += 1

    def compare(self, counters: Mapping[str, int]) -> None:
        """These are the books now, just after the newest pose."""
        # The health that was retained comes before any pose.
        if self.count:
            self.off += abs(counters["published"] - 1 - self._seq)
            self.ahead = max(self.ahead, abs(counters["captured"] - 1 - self._frame))


def _sizes(name: str, pid: int) -> dict[str, float]:
    return {
        f"{name}_mb": memory_mb(pid)["Rss"],
        f"{name}_files": sum(1 for _ in os.scandir(f"/proc/{pid}/fd")),
        f"{name}_threads": sum(1 for _ in Path(f"/proc/{pid}/task").iterdir()),
    }


def slope_per_hour(rows: Sequence[dict[str, float]], name: str) -> float:
    """The median of the slopes between any two rows (Theil and Sen): no single jump bends it."""
    return median((b[name] - a[name]) / (b["hours"] - a["hours"]) for a, b in combinations(rows, 2))
