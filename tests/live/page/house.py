"""A daemon with the live page on, and its page in a browser as a person opens it.

Owns the daemon and its folder; knows what the page calls its parts.
"""

import json
import re
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.harness.broker import Broker, free_port
from tests.harness.browser import Browser, Tab
from tests.harness.daemon import DEVICE, Daemon, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

SCENE: Final = "waving"
RATE: Final = 10
SIZE: Final = (640, 480)
MASK: Final = ((0.75, 0.0), (1.0, 0.0), (1.0, 0.25), (0.75, 0.25))
"""A corner in which nobody is; the mirrored picture has it at the left."""
NAME: Final = "A_hallway_whose_name_is_long_and_has_no_space_to_break_it_at"
USUAL: Final[dict[str, Any]] = {
    "device": {"name": NAME},
    "camera": {
        "source": "actor",
        "scene": SCENE,
        "rate": RATE,
        "size": list(SIZE),
        "mask": [[list(corner) for corner in MASK]],
    },
}


class House:
    """One daemon, which can be stopped and started again with the same files.

    `config` is its configuration but for the page, `USUAL` unless given.
    """

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        browser: Browser,
        config: dict[str, Any] | None = None,
    ) -> None:
        self._config = USUAL if config is None else config
        self.broker = broker
        self.folder = folder
        self.port = free_port()
        self._browser = browser
        self._environment = {}
        for name in ("STATE_DIRECTORY", "RUNTIME_DIRECTORY"):
            made = folder / name
            made.mkdir()
            self._environment[name] = str(made)
        self.file = folder / "edgepose.yaml"
        self.file.write_bytes(self.config())
        self.stranger = Subscriber(broker.port)
        self.daemon = self._start()

    def config(self, **live: Any) -> bytes:
        """Its configuration, with other keys in `live`."""
        served = {"enabled": True, "port": self.port, **live}
        return config_text(self.broker.port, {**self._config, "live": served}).encode()

    def _start(self) -> Daemon:
        return Daemon(self.folder, self.broker.port, file=self.file, environment=self._environment)

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def token(self) -> str:
        """The token, which the daemon made."""
        kept = self.folder / "STATE_DIRECTORY" / "live-token"
        wait_for(kept.exists, 20, f"a token: {self.daemon.log}")
        return kept.read_text().strip()

    def restart(self) -> None:
        """Start it again after it was stopped."""
        self.daemon = self._start()

    def command(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Give a command over MQTT."""
        said = b"" if payload is None else json.dumps(payload).encode()
        self.stranger.publish(f"edgepose/{DEVICE}/command/{name}", said)

    def enter(self, **options: Any) -> Tab:
        """A new window with the page in it, let in by the token, when somebody is drawn there."""
        tab = self._browser.tab(**options)
        token = self.token
        self.daemon.wait_log("live page: on")
        tab.run("await page.goto(args.url)", url=f"{self.url}?token={token}")
        wait_drawn(tab)
        return tab

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.daemon.__exit__(kind, value, tb)
        self.stranger.__exit__(kind, value, tb)


def wait_drawn(tab: Tab) -> None:
    """Wait until somebody is drawn."""
    tab.wait("/drawn as lines/.test(document.querySelector('#canvas').ariaLabel)")


def wait_in_place(tab: Tab, words: str) -> None:
    """Wait until words stand in the picture's place."""
    tab.wait("document.querySelector('#instead').innerText.includes(args.words)", words=words)


def frame_shown(tab: Tab) -> int:
    """The number of the frame whose people are drawn now."""
    match = re.search(r"frame (\d+)", tab.text("#caption"))
    assert match
    return int(match[1])
