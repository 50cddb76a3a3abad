"""The one wiring file of the daemon, also its shutdown order.

The parts are built from the inside out, run as tasks of one loop, and are closed in the order
that keeps the promise: no frame unexplained, `offline` said last.
"""

import asyncio
import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path

from edgepose import translate
from edgepose.errors import UserError
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message
from edgepose.reload.announce import Announcer
from edgepose.reload.candidate import Candidate
from edgepose.reload.memory import Memory
from edgepose.reload.opening import open_with
from edgepose.reload.outcome import Outcome
from edgepose.reload.reloader import Reloader
from edgepose.reload.swap import Swap
from edgepose.scene.scene import Scene
from edgepose.service.counters import Counters
from edgepose.service.flow import Flow
from edgepose.service.health import Health
from edgepose.service.manager import Manager
from edgepose.service.vision import Vision

log = logging.getLogger(__name__)
GOODBYE_S = 0.5
"""For the broker to acknowledge the last messages; with the vision process's 1.2 s, gone in 2 s."""


class _Daemon:
    """The parts, and what one of them tells another."""

    def __init__(self, file: Path) -> None:
        self.changed = asyncio.Event()
        self.memory = Memory(_folder("STATE_DIRECTORY"), file)
        self.opening = open_with(file, self.memory)
        first = self.opening.first
        self.manager = Manager()
        self.client = Client(
            first.broker, first.topics, self.changed.set, {"reload": self._command_reload}
        )
        self.client.left_behind = self.memory.left_behind
        self.scene = Scene(translate.view(first.config))
        self.flow = Flow(self.scene, self.client)
        self.counters = Counters()
        self.vision = Vision(self.counters, self.flow.observe, self.changed.set)
        self.health = Health(self.counters, self.vision, self.flow)
        self.announcer = Announcer(file, _folder("RUNTIME_DIRECTORY"), self.client)
        self.swap = Swap(
            first,
            self.memory,
            vision=self.vision,
            client=self.client,
            live=self._live,
            told=self.told,
        )
        self.reloader = Reloader(
            file,
            self.opening,
            self.memory,
            self.swap,
            self.told,
            begin=self.manager.reloading,
            end=self.manager.ready,
        )
        self._keeping: asyncio.Task[None] | None = None
        self._live(first)

    def _live(self, new: Candidate) -> None:
        """Put in force what needs neither the camera nor the broker."""
        self.scene.view = translate.view(new.config)
        self.flow.formats = new.config.messages.formats
        self.health.interval_s = new.config.health.interval

    def told(self, outcome: Outcome) -> None:
        """A config was put in force, or not."""
        running, on_disk = self.swap.running, self.reloader.on_disk
        self.announcer.tell(outcome, running, on_disk)
        # An older edit may be accepted while a newer one is refused already.
        if outcome.trouble is not None or on_disk == running.digest:
            self.health.old_config = outcome.trouble
        self.changed.set()

    def _command_reload(self, _payload: bytes) -> None:
        if self.swap.running.config.commands.enabled:
            self.reloader.ask("command")
        else:
            log.warning("MQTT: the command reload is not done: commands.enabled is false")

    def report(self) -> None:
        """Say how it is, to subscribers and to systemd."""
        topic = self.client.topics.health
        self.client.retain(Message(topic, self.health.message(), qos=1, retain=True))
        self.manager.status(self.health.line(self.client.trouble))
        if self.client.left_behind != self.memory.left_behind:
            # On a thread: the card may be slow.
            known_as = asyncio.to_thread(self.memory.known_as, self.client.left_behind)
            self._keeping = asyncio.create_task(known_as)


async def run(file: Path) -> None:
    """Be the daemon that the config file asks for, until SIGTERM or SIGINT, or until the source
    has ended. Raises UserError where the job cannot start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    daemon = _Daemon(file)
    # In a terminal it says that the terminal is gone.
    hung_up = stop.set if sys.stdin.isatty() else partial(daemon.reloader.ask, "signal")
    loop.add_signal_handler(signal.SIGHUP, hung_up)
    _introduce(daemon.opening.first)
    daemon.told(daemon.opening.outcome)

    connection = asyncio.create_task(daemon.client.run())
    seeing = asyncio.create_task(daemon.vision.run())
    reloads = asyncio.create_task(daemon.reloader.run())
    reports = asyncio.create_task(daemon.health.run(daemon.changed, daemon.report))
    stopping = asyncio.create_task(stop.wait())
    parts = (connection, reports, reloads, seeing)
    is_well = lambda: not any(part.done() for part in parts)  # noqa: E731
    watchdog = asyncio.create_task(daemon.manager.watchdog(is_well))
    daemon.manager.ready()
    try:
        # Only a stop and the end of the source are ends to wish for; any other is an error.
        done, _ = await asyncio.wait((*parts, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        daemon.manager.stopping()
        try:
            await _cancel(reports, reloads, seeing, stopping, watchdog)
            await daemon.vision.stop()
        finally:
            await _cancel(connection)
            daemon.report()
            await daemon.client.close(GOODBYE_S)
            daemon.announcer.close()


def _folder(variable: str) -> Path | None:
    """A folder that systemd gives us; None when started by hand."""
    given = os.environ.get(variable)
    return Path(given) if given else None


def _introduce(first: Candidate) -> None:
    source, model = first.config.camera.source, first.model
    name, root = first.device.name, first.topics.root
    log.info("%s: source %s, model %s, topics %s/...", name, source, model.name, root)
    if model.why is not None:
        log.warning("model %s: %s", model.name, model.why)


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        # A UserError is on its way to the user already.
        if isinstance(error, Exception) and not isinstance(error, UserError):
            log.error("at the end: %s: %s", type(error).__name__, error)
