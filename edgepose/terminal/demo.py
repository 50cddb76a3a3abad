"""`edgepose demo`: the daemon as a child, a broker in this program, and a subscriber to watch.

The subscriber is a stranger: what is shown went through the broker. Runs on the loop of the main
thread; broker and subscriber have threads of their own. Raises UserError with the daemon's own
words where it could not do its job.
"""

import asyncio
import contextlib
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from edgepose.errors import EX_SOFTWARE, EX_UNAVAILABLE, UserError
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics
from edgepose.terminal import words
from edgepose.terminal.arrival import Sorter, subscriptions
from edgepose.terminal.broker import HOST, VERSION, Broker
from edgepose.terminal.daemon import Daemon
from edgepose.terminal.display import choose, conclude, keep_showing
from edgepose.terminal.ending import asked_to_end
from edgepose.terminal.inbox import Inbox
from edgepose.terminal.subscriber import Subscriber

BASE: Final = "edgepose"
DEVICE: Final = "demo"
START_S: Final = 60.0
"""For the first pose, where the time is limited; a slow card takes half of it."""
GOODBYE_S: Final = 5.0
"""For the daemon's last words to come through the broker."""
_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Wish:
    """What to show: `source`, a film, a picture or a folder of pictures, else a drawn scene.

    `seconds`: for how long, from the first pose on; None until somebody stops it.
    """

    scene: str
    source: Path | None = None
    seconds: float | None = None

    def config(self, port: int) -> dict[str, Any]:
        """The daemon's configuration, toward a broker on this port."""
        camera = {"source": "actor", "scene": self.scene}
        if self.source is not None:
            camera = {"source": "uri", "uri": str(self.source.expanduser().absolute())}
        # More than one costs time and smoothness: only where more may come.
        people = 2 if self.source is not None or self.scene == "two_people" else 1
        return {
            "device": {"id": DEVICE},
            "camera": camera,
            "detection": {"num_poses": people},
            "mqtt": {"host": HOST, "port": port, "version": VERSION},
            "health": {"interval": 1},
        }


async def run(wish: Wish) -> int:
    """Show it until SIGINT, SIGTERM, SIGHUP or the end of the time. Gives the exit status."""
    stop = asked_to_end()
    topics = Topics(BASE, DEVICE)
    inbox, sorter = Inbox(), Sorter(BASE, DEVICE)

    def take(topic: str, payload: bytes, at_us: int, retained: bool) -> None:
        arrival = sorter.sort(topic, payload, at_us, retained)
        if arrival is not None:
            inbox.take(arrival)

    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgepose-demo-")))
        broker = stack.enter_context(Broker())
        config = folder / "edgepose.yaml"
        config.write_text(yaml.safe_dump(wish.config(broker.port)))
        # Before any thread runs, for a fork copies the locks that others hold.
        daemon = await Daemon.start(config)
        stack.push_async_callback(daemon.stop)
        broker.start()
        server = Settings(broker.host, broker.port, client_id="edgepose-watch", version=VERSION)
        stack.enter_context(Subscriber(server, subscriptions(BASE, DEVICE), take))
        title = f"edgepose demo, broker {broker.host}:{broker.port}"
        hint = f"mosquitto_sub -p {broker.port} -t {topics.pose}"
        began = time.monotonic()
        with choose(inbox, topics, title, hint) as display:
            await keep_showing(display, (stop, daemon.over), _deadline(wish.seconds, inbox))
            seconds, by_itself = time.monotonic() - began, daemon.over.done()
            status = await daemon.stop()
            # What it said last may still be on its way through the broker.
            await asyncio.to_thread(inbox.wait_offline, GOODBYE_S)
    if inbox.pose is not None:
        # A daemon that was killed has left its last report unsaid.
        _conclude(words.summary(seconds, inbox, inbox.report if status == 0 else None))
    if status and (by_itself or inbox.pose is not None):
        raise _failed(daemon, status)
    if inbox.pose is None:
        raise _nothing_came(inbox, daemon, interrupted=stop.done())
    return 0


def _deadline(limit_s: float | None, inbox: Inbox) -> Callable[[], float | None]:
    """When the time is over, by CLOCK_MONOTONIC: it begins with the first pose."""
    began, first = time.monotonic(), None

    def deadline() -> float | None:
        nonlocal first
        if limit_s is None:
            return None
        if first is None and inbox.pose is not None:
            first = time.monotonic()
        return limit_s + (began + START_S if first is None else first)

    return deadline


def _conclude(lines: list[str]) -> None:
    try:
        conclude("edgepose demo", lines)
    except BrokenPipeError:
        raise
    except OSError:
        # The terminal is gone: nobody is there to be told.
        return


def _failed(daemon: Daemon, status: int) -> UserError:
    """What the daemon said itself, and its exit status."""
    if status > 0 and daemon.last_line:
        return UserError(daemon.last_line, status)
    how = f"exit status {status}" if status > 0 else f"killed by {signal.Signals(-status).name}"
    last = f"; its last line: {daemon.last_line}" if daemon.last_line else ""
    return UserError(f"the daemon has ended: {how}{last}", EX_SOFTWARE)


def _nothing_came(inbox: Inbox, daemon: Daemon, *, interrupted: bool) -> UserError:
    if interrupted:
        return UserError("ended before the first pose came", _INTERRUPTED)
    report = inbox.report
    why = "; ".join(report.why) if report is not None else ""
    return UserError(
        f"no pose came: {why or daemon.last_line or 'no reason given'}", EX_UNAVAILABLE
    )
