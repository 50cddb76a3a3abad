"""What the live page costs the daemon: switched on, and with somebody who looks.

One daemon with a person in view at 30 frames a second, and a subscriber. The page is off, on, and
looked at, in turns, and each time it is the same subscriber that is listened to. The viewer is a
process of its own. CPU time is the daemon's, as the scheduler counts it, of a message and at 30 of
them a second: a busy machine looks at fewer frames. The delay of a message is that of `latency`.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.live import token
from edgepose.messages import json_format
from edgepose.messages.page import Page
from tests.bench.latency import RATE, SETTLE, Format, PromptBroker, hear
from tests.bench.number import Number, Rival, Wanted, rounded
from tests.bench.setting import CHECKOUT, Setting, say
from tests.harness.books import page_of
from tests.harness.broker import free_port
from tests.harness.daemon import Daemon, config_text
from tests.harness.wait import wait_for

OFF: Final = "off"
ON: Final = "on"
LOOKED_AT: Final = "looked at"


@dataclass
class Seen:
    """Of each turn the daemon's share of a core in percent, and the median delay in ms; how many
    poses a second the viewer got."""

    cpu: list[float] = field(default_factory=list)
    delay_ms: list[float] = field(default_factory=list)
    viewed_per_s: list[float] = field(default_factory=list)


def measure(setting: Setting) -> dict[str, Number]:
    """Share of a core, and what becomes of the delay."""
    seen = {name: Seen() for name in (OFF, ON, LOOKED_AT)}
    folder, port = setting.empty_folder("live"), free_port()
    camera = {"source": "actor", "scene": "waving", "rate": RATE}
    config = setting.config(**camera)
    # The quicker one leaves more of a small machine to what is measured.
    config["detection"]["engine"] = "litert"
    environment = {"STATE_DIRECTORY": str(folder)}
    with (
        PromptBroker(setting.folder) as broker,
        Daemon(folder, broker.port, config, environment=environment) as daemon,
    ):
        page = page_of(daemon.wait_vision())
        wait_for(lambda: page["captured"] > 2 * RATE, 60, f"frames: {daemon.log}")
        for _ in range(setting.times(6, 1)):
            for name, turns in seen.items():
                config["live"] = {"enabled": name != OFF, "port": port}
                _bring(daemon, config_text(broker.port, config), on=name != OFF)
                if name != LOOKED_AT:
                    _turn(setting, daemon, broker.port, page, turns)
                    continue
                with _looker(folder, port) as looker:
                    _turn(setting, daemon, broker.port, page, turns)
                turns.viewed_per_s.append(float(looker[-1]))
            last = (f"{n} {s.cpu[-1]:.2f}% {s.delay_ms[-1]:.2f} ms" for n, s in seen.items())
            say(f"live: {', '.join(last)}")
        page.close()
        daemon.stop()
    return _numbers(seen)


def _numbers(seen: dict[str, Seen]) -> dict[str, Number]:
    off, on, looked_at = (seen[name] for name in (OFF, ON, LOOKED_AT))
    cpu = {f"{name}_cpu": [rounded(each) for each in s.cpu] for name, s in seen.items()}
    delays = {f"{name}_ms": [rounded(each) for each in s.delay_ms] for name, s in seen.items()}
    viewed = {"viewed_per_s": [rounded(each) for each in looked_at.viewed_per_s]}
    without = Rival("the same daemon with the page off", median(off.cpu))
    alone = Rival("the same page with nobody there", median(on.delay_ms))
    return {
        "live_idle_cpu": Number(
            _more(on.cpu, off.cpu), "% of a core more than off", Wanted("<=", 0.3), without, cpu
        ),
        "live_viewer_cpu": Number(
            _more(looked_at.cpu, on.cpu),
            "% of a core more than with nobody there",
            Wanted("<=", 5),
            without,
            {**cpu, **viewed},
        ),
        "live_mqtt_delay": Number(
            _more(looked_at.delay_ms, on.delay_ms), "ms more", Wanted("<=", 0.2), alone, delays
        ),
    }


def _more(these: list[float], those: list[float]) -> float:
    """The median of the differences between turns that follow each other."""
    return median(a - b for a, b in zip(these, those, strict=True))


def _turn(setting: Setting, daemon: Daemon, port: int, page: Page, seen: Seen) -> None:
    count = setting.times(300, 90)
    kind = Format("pose", json_format.decode)
    before_s = _cpu_s(daemon.pid)
    hear(port, page, kind, count)
    seen.cpu.append(100 * RATE * (_cpu_s(daemon.pid) - before_s) / (count + SETTLE))
    seen.delay_ms.append(median(kind.delays_ms))


def _cpu_s(pid: int) -> float:
    """What all threads of a process have had of a processor, in seconds, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


def _bring(daemon: Daemon, text: str, *, on: bool) -> None:
    """Put a config in force, and wait for the page to be on, or off."""
    came, went = "live page: on ", "live page: off"
    daemon.save(text.encode())
    wait_for(lambda: (daemon.log.count(came) > daemon.log.count(went)) == on, 20, f"the page: {on}")


@contextmanager
def _looker(folder: Path, port: int) -> Iterator[list[str]]:
    """Somebody looks; what it printed is there in the end."""
    word = token.read_text(token.place(folder))
    printed: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.looker", f"http://127.0.0.1:{port}/", word],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as looker:
        assert looker.stdout is not None
        if not looker.stdout.readline():
            raise UserError("the viewer was not let in", EX_UNAVAILABLE)
        yield printed
        said, _ = looker.communicate("")
        printed += said.split()
