"""A long run: memory, descriptors and threads of both processes, and the sums, message by message.

There is no rival: a number that is flat has none.
"""

import json
import os
from collections.abc import Sequence
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
    rate = 30.0
    config = setting.config(source="actor", scene="waving", rate=rate)
    config["health"] = {"interval": max(1.0, minutes * 60 / SAMPLES)}
    began_ns = boottime_ns()
    rows: list[dict[str, float]] = []
    wrong = most_in_flight = 0
    poses = Counted()
    books: list[tuple[int, dict[str, int]]] = []
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
            books.append((boottime_ns(), counters))
            # Both come on one connection, in their order.
            poses.compare(counters["published"])
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
        100 * abs(frames_per_s(books) / rate - 1), "% off the camera's rate", Wanted("<=", 1)
    )
    numbers["soak_restarts"] = Number(int(restarted), "restarts", Wanted("<=", 0))
    return numbers


class Counted:
    """Poses as a stranger counts them, by their `seq`, held to the books.

    `off` is how many are missing, in the stream or in the books; `count` how many came.
    """

    def __init__(self) -> None:
        self.count = self.off = 0
        self._seq: int | None = None

    def take(self, payload: bytes) -> None:
        """Another one came."""
        seq: int = json.loads(payload)["seq"]
        if self._seq is not None:
            self.off += abs(seq - self._seq - 1)
        self._seq = seq
        self.count += 1

    def compare(self, published: int) -> None:
        """So many has the daemon published since its start, the newest of them just now."""
        # The health that was retained comes before any pose.
        if self._seq is not None:
            self.off += abs(published - 1 - self._seq)


def frames_per_s(books: Sequence[tuple[int, dict[str, int]]]) -> float:
    """What the books say of the camera between the second health, for the first one was retained,
    and the last."""
    _, (began_ns, first), *_, (ended_ns, last) = books
    return (last["captured"] - first["captured"]) / ((ended_ns - began_ns) / 1e9)


def _sizes(name: str, pid: int) -> dict[str, float]:
    return {
        f"{name}_mb": memory_mb(pid)["Rss"],
        f"{name}_files": sum(1 for _ in os.scandir(f"/proc/{pid}/fd")),
        f"{name}_threads": sum(1 for _ in Path(f"/proc/{pid}/task").iterdir()),
    }


def slope_per_hour(rows: Sequence[dict[str, float]], name: str) -> float:
    """The median of the slopes between any two rows (Theil and Sen): no single jump bends it."""
    return median((b[name] - a[name]) / (b["hours"] - a["hours"]) for a, b in combinations(rows, 2))
