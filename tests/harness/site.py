"""A daemon at work, the stranger who watches it, and the hand that edits its file.

Owns what a test of the reload does again and again: start, edit, wait for what is told of it.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgepose.config.text import MAX_BYTES
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

SMALL: Final[dict[str, dict[str, Any]]] = {
    "camera": {"size": [320, 240], "rate": 10},
    "reload": {"confirm_within": 10},
}
"""A config that leaves two busy cores room."""


RETAINED: Final = ("availability", "config", "health", "state")
"""What a broker keeps of a device below its name."""


def digest(data: bytes) -> str:
    """What `/config` calls a file with this content."""
    return hashlib.sha256(data).hexdigest()[:8]


@dataclass(frozen=True)
class Site:
    """`folder` holds the config file, `state` and `runtime` what the daemon remembers and tells."""

    folder: Path
    broker: Broker
    stranger: Subscriber
    daemon: Daemon

    @property
    def state(self) -> Path:
        """The daemon's state directory."""
        return self.folder / "state"

    @property
    def runtime(self) -> Path:
        """The daemon's runtime directory."""
        return self.folder / "runtime"

    @property
    def memory(self) -> dict[str, Any]:
        """What the daemon remembers, as it stands in its file."""
        held: dict[str, Any] = json.loads((self.state / "config.json").read_text())
        return held

    def remembers(self) -> bool:
        """Whether it remembers a config that worked."""
        return (self.state / "config.json").exists() and self.memory["good"] is not None

    def text(self, config: dict[str, Any] | None = None) -> bytes:
        """`config` over the small one, as a file for this broker."""
        return text(self.broker.port, config)

    def edit(self, config: dict[str, Any] | bytes, limit_s: float = 20) -> dict[str, Any]:
        """Save it by a rename, and wait for what is told of it on `/config`."""
        data = config if isinstance(config, bytes) else self.text(config)
        had = len(self.stranger.configs())
        self.daemon.save(data)
        return self.told(data, had, limit_s)

    def told(self, data: bytes, had: int, limit_s: float = 20) -> dict[str, Any]:
        """Wait for a report behind the first `had` that is of a file with this content."""
        # What is too large is not read whole.
        on_disk = digest(data) if len(data) <= MAX_BYTES else None

        def found() -> dict[str, Any] | None:
            reports = self.stranger.configs(had)
            return next((each for each in reports if each["on_disk"] == on_disk), None)

        return wait_for(found, limit_s, f"a report of {digest(data)}: {self.daemon.log}")

    def wait_report(
        self, what: Callable[[dict[str, Any]], bool], limit_s: float = 20
    ) -> dict[str, Any]:
        """Wait until the newest report is such a one."""
        wait_for(
            lambda: (said := self.stranger.configs()[-1:]) and what(said[0]),
            limit_s,
            f"a report: {self.stranger.configs()[-1:]} {self.daemon.log}",
        )
        return self.stranger.configs()[-1]

    def wait_health(
        self, what: Callable[[dict[str, Any]], bool], limit_s: float = 20
    ) -> dict[str, Any]:
        """Wait until the newest health is such a one."""
        wait_for(
            lambda: (said := self._healths()[-1:]) and what(said[0]),
            limit_s,
            f"a health: {self._healths()[-1:]}",
        )
        return self._healths()[-1]

    def fresh_health(self, limit_s: float = 20) -> dict[str, Any]:
        """Wait for a health that is told from now on."""
        had = len(self._healths())
        wait_for(lambda: len(self._healths()) > had, limit_s, "another health")
        return self._healths()[-1]

    def _healths(self) -> list[dict[str, Any]]:
        return [json.loads(m.payload) for m in self.stranger.on("/health") if m.payload]

    def fresh_poses(self, count: int = 3, limit_s: float = 20) -> None:
        """Wait for poses that are published from now on, in either format."""
        had = len(self.stranger.on("/pose")), len(self.stranger.on("/pose/packed"))

        def came() -> bool:
            now = len(self.stranger.on("/pose")), len(self.stranger.on("/pose/packed"))
            return max(now[0] - had[0], now[1] - had[1]) >= count

        wait_for(came, limit_s, f"{count} more poses: {self.daemon.log}")

    def late(self, topics: str) -> dict[str, bytes]:
        """What a subscriber who comes only now finds retained."""
        with Subscriber(self.broker.port, topics) as late:
            # Retained messages come before the answer to what is asked behind them.
            late.ask()
            return {m.topic: m.payload for m in late.messages if m.retain}

    def end(self) -> dict[str, Any]:
        """Stop the daemon in good order and give its last health."""
        assert self.daemon.stop() == 0, self.daemon.log
        topic = "/availability"
        wait_for(
            lambda: (said := self.stranger.on(topic)) and said[-1].payload == b"offline",
            5,
            "offline",
        )
        assert "Traceback" not in self.daemon.log
        return self._healths()[-1]


def text(port: int, config: dict[str, Any] | None = None) -> bytes:
    """`config` over the small one, as a file for the broker at this port."""
    merged = {
        section: {**SMALL.get(section, {}), **(config or {}).get(section, {})}
        for section in {**SMALL, **(config or {})}
    }
    return config_text(port, merged).encode()


@contextlib.contextmanager
def opened(
    folder: Path,
    broker: Broker,
    config: dict[str, Any] | bytes | None = None,
    *prefix: str,
    file: Path | None = None,
    environment: dict[str, str] | None = None,
    topics: str = "edgepose/#",
) -> Iterator[Site]:
    """Start the daemon with a state and a runtime directory; it may have run here before.

    `file`: where its config is found, if it is not written here.
    """
    folders = {"STATE_DIRECTORY": folder / "state", "RUNTIME_DIRECTORY": folder / "runtime"}
    for made in folders.values():
        made.mkdir(exist_ok=True)
    if file is None:
        file = folder / "edgepose.yaml"
        file.write_bytes(config if isinstance(config, bytes) else text(broker.port, config))
    variables = {name: str(path) for name, path in folders.items()} | (environment or {})
    with (
        Subscriber(broker.port, topics) as stranger,
        Daemon(folder, broker.port, None, *prefix, file=file, environment=variables) as daemon,
    ):
        yield Site(folder, broker, stranger, daemon)


@contextlib.contextmanager
def at_work(
    folder: Path,
    broker: Broker,
    config: dict[str, Any] | bytes | None = None,
    *prefix: str,
    file: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Iterator[Site]:
    """The same, when poses come and the config is remembered as a good one."""
    with opened(folder, broker, config, *prefix, file=file, environment=environment) as site:
        site.stranger.wait_poses(3, 40)
        wait_for(site.remembers, 10, "the memory of it")
        yield site


def connects(broker: Broker, folder: Path, client: str = f"edgepose-{DEVICE}-") -> list[str]:
    """The clients that the broker says it has let in, of those whose id begins so."""
    lines = (folder / f"mosquitto-{broker.port}.log").read_text().splitlines()
    names = [line.partition(" as ")[2].split()[0] for line in lines if "New client connect" in line]
    return [name for name in names if name.startswith(client)]


def wait_till(due_s: float) -> None:
    """Wait until CLOCK_MONOTONIC shows so many seconds."""
    wait_for(lambda: time.monotonic() >= due_s, 60, "the time")


def open_files(pid: int) -> int:
    """How many file descriptors a process has."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads_named(pid: int) -> list[str]:
    """What the threads of a process are called."""
    found = []
    for each in Path(f"/proc/{pid}/task").iterdir():
        # One may end meanwhile.
        with contextlib.suppress(OSError):
            found.append((each / "comm").read_text().strip())
    return found


def threads(pid: int) -> int:
    """How many threads a process has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
