"""What the daemon itself costs at 30 poses a second, the vision process not counted."""

import os
import re
from pathlib import Path
from typing import Final

from tests.bench.listener import Listener
from tests.bench.number import Number, Wanted, rounded
from tests.bench.setting import Setting, boottime_ns, say
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon

RATE: Final = 30.0
TOPICS: Final = [f"edgepose/{DEVICE}/pose/packed", f"edgepose/{DEVICE}/pose"]
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def measure(setting: Setting) -> dict[str, Number]:
    """Share of one core, and resident memory."""
    config = setting.config(source="actor", scene="waving", rate=RATE)
    with (
        Broker(setting.folder) as broker,
        Daemon(setting.empty_folder("footprint"), broker.port, config) as daemon,
    ):
        # Behind the work of the start.
        count(broker.port, 2 * RATE * len(TOPICS), daemon)
        began_ns, before_s = boottime_ns(), cpu_s(daemon.pid)
        poses = setting.times(25, 3) * RATE
        count(broker.port, poses * len(TOPICS), daemon)
        seconds, used_s = (boottime_ns() - began_ns) / 1e9, cpu_s(daemon.pid) - before_s
        memory = memory_mb(daemon.pid)
        daemon.stop()
    say(f"footprint: {used_s / seconds:.1%} of a core, {memory['Rss']:.1f} MB")
    return {
        "daemon_cpu": Number(
            100 * used_s / seconds,
            "% of one core",
            Wanted("<=", 5),
            seen={"seconds": rounded(seconds), "poses_per_s": rounded(poses / seconds)},
        ),
        "daemon_memory": Number(
            memory["Rss"],
            "MB",
            Wanted("<=", 60),
            seen={"pss_mb": rounded(memory["Pss"]), "anonymous_mb": rounded(memory["Anonymous"])},
        ),
    }


def count(port: int, messages: float, daemon: Daemon) -> None:
    """Wait until so many messages have come."""
    left = int(messages)

    def on_message(_topic: str, _payload: bytes) -> bool:
        nonlocal left
        left -= 1
        return left <= 0

    with Listener(port, TOPICS, on_message) as listener:
        limit_s = 30 + 4 * messages / RATE
        listener.wait(limit_s, lambda: f"{messages:g} messages; the daemon: {daemon.log}")


def cpu_s(pid: int) -> float:
    """User and system time of a process, in seconds."""
    # Behind the name, which may hold anything, from the third field on.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> dict[str, float]:
    """Rss, Pss and the rest of what the kernel sums up, in millions of bytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rows = re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)
    return {name: int(kilobytes) * 1024 / 1e6 for name, kilobytes in rows}
