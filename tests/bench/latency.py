"""From the engine's callback to the decoded message at a subscriber on the same machine.

The callback's time is in the page that the vision process shares with the daemon. Beside it the
floor: messages of the same sizes from one paho client to another through the same broker, while
the daemon works on.

Once with a broker as it is installed, and once with its `set_tcp_nodelay true`. Without that the
broker holds a message back while the subscriber has not acknowledged the one before, and Linux
acknowledges late when two messages happen to be of one length after others of other lengths: json.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgepose.errors import EX_SOFTWARE, UserError
from edgepose.messages import json_format, packed
from edgepose.messages.page import Page
from edgepose.messages.pose import Pose
from tests.bench.floor import floor_ms
from tests.bench.listener import Listener
from tests.bench.number import Number, Rival, Wanted, spread
from tests.bench.setting import Setting, boottime_ns, say
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon

RATE: Final = 30.0
SETTLE: Final = 15
"""Messages of a new connection that do not count."""


class PromptBroker(Broker):
    """A broker that holds nothing back; one start only."""

    def start(self) -> None:
        """Start it with one line more."""
        with self._config.open("a") as config:
            config.write("set_tcp_nodelay true\n")
        super().start()


@dataclass(slots=True)
class Format:
    """What is listened to, and what was measured: delays in ms and sizes in bytes.

    `late` messages came when the page already told of a later frame: their callback's time is
    lost, so they count from the capture, which is more.
    """

    topic: str
    decode: Callable[[bytes], Pose]
    delays_ms: list[float] = field(default_factory=list)
    floor_ms: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    late: int = 0


def measure(setting: Setting) -> dict[str, Number]:
    """Median and 99th percentile for each format and broker."""
    numbers: dict[str, Number] = {}
    for broker, ending in ((Broker, ""), (PromptBroker, "_nodelay")):
        with broker(setting.folder) as running:
            say(f"latency: {broker.__name__}")
            for name, kind in _listen(setting, running.port, f"latency{ending}").items():
                seen, floor = spread(kind.delays_ms), spread(kind.floor_ms)
                about = {**seen, "from_capture": kind.late, "floor": floor}
                for figure, bound in (("median", 1.5), ("p99", 5.0)):
                    numbers[f"latency_{name}_{figure}{ending}"] = Number(
                        seen[figure],
                        "ms",
                        Wanted("<=", bound),
                        Rival("as many bytes, bare paho to bare paho", floor[figure]),
                        about,
                    )
    return numbers


def _listen(setting: Setting, port: int, name: str) -> dict[str, Format]:
    """Listen to each format in turn and to the floor, again and again."""
    formats = {
        "packed": Format("pose/packed", packed.decode),
        "json": Format("pose", json_format.decode),
    }
    rounds, each = setting.times(3, 1), setting.times(300, 60)
    config = setting.config(source="actor", scene="waving", rate=RATE)
    with (
        Daemon(setting.empty_folder(name), port, config) as daemon,
        _page(daemon, port) as page,
    ):
        for i in range(rounds):
            for kind in formats.values():
                hear(port, page, kind, each)
                kind.floor_ms += floor_ms(port, kind.sizes, each // 3, SETTLE, RATE)
            say(f"latency: {(i + 1) * each} messages of each kind")
        daemon.stop()
    return formats


@contextmanager
def _page(daemon: Daemon, port: int) -> Iterator[Page]:
    """The page of the daemon's vision process, once poses flow."""
    with Listener(port, [f"edgepose/{DEVICE}/pose"], lambda *_: True) as listener:
        listener.wait(60, lambda: f"a first pose; the daemon: {daemon.log}")
    links = Path(f"/proc/{daemon.vision_pid}/fd").iterdir()
    found = [link for link in links if "memfd:edgepose-page" in str(link.readlink())]
    if not found:
        raise UserError("the vision process holds no page", EX_SOFTWARE)
    fd = os.open(found[0], os.O_RDWR)
    page = Page(fd)
    os.close(fd)
    yield page
    page.close()


def hear(port: int, page: Page, kind: Format, count: int) -> None:
    """Add the delays of `count` messages."""
    heard = 0

    def on_message(_topic: str, payload: bytes) -> bool:
        nonlocal heard
        pose = kind.decode(payload)
        now_ns = boottime_ns()
        # The time stands between two looks at the number: the page may change in between.
        before, answered_ns, after = (
            page["answered_frame"], page["answered_ns"], page["answered_frame"],
        )  # fmt: skip
        heard += 1
        if heard <= SETTLE:
            return False
        kind.sizes.append(len(payload))
        if before == after == pose.frame:
            kind.delays_ms.append((now_ns - answered_ns) / 1e6)
        else:
            kind.late += 1
            kind.delays_ms.append((time.time_ns() / 1e3 - pose.unix_us) / 1e3)
        return heard == count + SETTLE

    with Listener(port, [f"edgepose/{DEVICE}/{kind.topic}"], on_message) as listener:
        listener.wait(10 + 4 * count / RATE, lambda: f"{count} messages on {kind.topic}")
