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
from edgepose.commands.dispatch import Commands
from edgepose.commands.orders import Orders
from edgepose.commands.override import Overrides
from edgepose.errors import UserError
from edgepose.front import Front
from edgepose.messages.observation import Observation
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import HEALTH
from edgepose.mqtt.settings import Received
from edgepose.reload.announce import Announcer
from edgepose.reload.candidate import Candidate
from edgepose.reload.memory import Memory
from edgepose.reload.opening import open_with
from edgepose.reload.outcome import Outcome
from edgepose.reload.reloader import Reloader
from edgepose.reload.swap import Swap
from edgepose.scene.scene import Scene
from edgepose.service.clock import boottime_ns, iso, unix_us, watch_steps
from edgepose.service.counters import Counters, Fate
from edgepose.service.flow import Flow
from edgepose.service.health import Health
from edgepose.service.last_health import LastHealth
from edgepose.service.manager import Manager
from edgepose.service.news import News
from edgepose.service.pace import Pace
from edgepose.service.sharing import Sharing
from edgepose.service.vision import Vision
from edgepose.snapshot.desk import Desk

log = logging.getLogger(__name__)
GOODBYE_S = 0.5
"""For the broker to acknowledge the last messages, and for the disk to take what was to be
remembered; with the 1.3 s of a vision process that hangs, gone in 2 s."""


class _Daemon:
    """The parts, and what one of them tells another."""

    def __init__(self, file: Path) -> None:
        self.changed = asyncio.Event()
        state = _folder("STATE_DIRECTORY")
        self.memory = Memory(state, file)
        self.opening = open_with(file, self.memory)
        first = self.opening.first
        self.manager = Manager()
        self.client = Client(first.broker, first.topics, self._connection_changed, self._connected)
        self.client.behind.place = self.memory.left_behind
        self.scene = Scene(translate.view(first.config), translate.rules(first.config))
        self.flow = Flow(self.scene, self.client)
        self.counters = Counters()
        nobody = lambda: not self.scene.present()  # noqa: E731
        self.vision = Vision(self.counters, self._observe, self._vision_changed, nobody)
        if self.memory.paused:
            self.vision.pause()
        self.front = Front(self.client, self.flow, self.vision, state, self.changed.set, file=file)
        self.sharing = Sharing(self.client, self.vision)
        self.desk = Desk(_folder("RUNTIME_DIRECTORY"), self.vision, self.sharing)
        self.news = News(self.scene, self.vision, self.client, lambda: self.flow.newest_seq)
        self.pace = Pace(self.vision.set_rate, self.changed.set)
        self.health = Health(self.counters, self.vision, self.flow, self.client, pace=self.pace)
        self.front.page.ask_health = self.health.glance
        self.last_health = LastHealth(_folder("RUNTIME_DIRECTORY"))
        self.announcer = Announcer(file, _folder("RUNTIME_DIRECTORY"), self.client)
        self.client.listen(lambda topics: topics.birth, self._heard_birth)
        self.overrides = Overrides()
        self.orders = Orders(
            self.vision,
            self.memory,
            self.overrides,
            set_over=self._set_over,
            announce=self._announce,
        )
        self.commands = Commands(
            self.client, self.orders.all(), lambda: self.config.commands.enabled
        )
        self.swap = Swap(
            first,
            self.memory,
            vision=self.vision,
            client=self.client,
            live=self._live,
            told=self.told,
            confirm_within=lambda config: self.overrides.over(config).reload.confirm_within,
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
        self.orders.reloader = self.reloader
        self.health.old_config = self.opening.outcome.trouble
        self._live(first)

    def _live(self, new: Candidate, outcome: Outcome | None = None) -> None:
        """Put in force what needs neither the camera nor the broker."""
        if outcome is not None and outcome.trouble is not None:
            # Before it is told, too: the move to another broker takes a while.
            self.health.old_config = outcome.trouble
        self.config = config = self.overrides.adopt(new.config)
        self.scene.look_at(translate.looks_at(config))
        self.scene.view = translate.view(config)
        self.scene.rules = translate.rules(config)
        self.scene.num_poses = config.detection.num_poses
        self.flow.formats = config.messages.formats
        self.pace.want(config.camera.rate, config.camera.idle_rate)
        self.health.interval_s = config.health.interval
        self.vision.memory_limit = config.health.memory_limit
        self._show(new)

    def _show(self, new: Candidate) -> None:
        self._share(new)
        self.front.show(self.config, new, old=self.health.old_config is not None)

    def _share(self, new: Candidate) -> None:
        """Let the camera's pictures out, or not: not on the way to another name or broker, where
        nobody is told yet."""
        moves = (new.broker, new.topics) != (self.client.settings, self.client.topics)
        ways = () if moves else translate.shared(self.config)
        self.sharing.allow(ways, old=self.health.old_config is not None)

    def _set_over(self) -> None:
        """A command has set keys over the file's."""
        self._live(self.swap.running)
        self._tell_config()
        self.changed.set()

    def _tell_config(self) -> None:
        running, on_disk = self.swap.running, self.reloader.on_disk
        self.announcer.tell_again(running, on_disk, self.overrides.values)

    def clock_was_set(self, by_us: int) -> None:
        """What is retained says times; now they are others."""
        told = f"was set {'forward' if by_us > 0 else 'back'}" if by_us else "is right"
        log.info("the wall clock %s: it shows %s", told, iso(unix_us(boottime_ns())))
        self.news.tell(again=True)
        self.sharing.tell(again=True)
        self._tell_config()
        self.changed.set()

    def _vision_changed(self) -> None:
        if not self.vision.seeing:
            # At once: a report may come when there are pictures again.
            self.scene.blind(boottime_ns())
        self.changed.set()

    def _observe(self, observation: Observation) -> Fate:
        # What is covered, dark or frozen says nothing of the room, not even that nobody is there.
        obscured = self.vision.obscured
        suspect = observation.captured_ns <= self.vision.suspect_ns
        if suspect:
            self.scene.hold(observation.captured_ns)
        says_nothing = obscured or (suspect and not observation.people)
        fate = "unchanged" if says_nothing else self.flow.observe(observation)
        somebody = bool(observation.people or self.scene.present()) and not obscured
        self.pace.observed(somebody, boottime_ns())
        people = tuple if says_nothing else self.scene.whole
        self.desk.see(observation, people, mirrored=self.scene.view.mirror)
        self.news.tell()
        return fate

    def _connection_changed(self) -> None:
        self.front.connection_changed()
        self.changed.set()

    def _connected(self) -> None:
        self.front.discovery.connected()

    def _heard_birth(self, received: Received) -> None:
        if received.payload == b"online" and not received.retained:
            self._announce()

    def _announce(self) -> None:
        """Say again all that is to be known of the device."""
        self.client.announce()
        self.front.discovery.born()

    def told(self, outcome: Outcome) -> None:
        """A config was put in force, or not."""
        running, on_disk = self.swap.running, self.reloader.on_disk
        self.announcer.tell(outcome, running, on_disk, self.overrides.values)
        # An older edit may be accepted while a newer one is refused already.
        if outcome.trouble is not None or on_disk == running.digest:
            self.health.old_config = outcome.trouble
            self._show(running)
        self.orders.told(outcome)
        # At once, however lately it was said: under a new name nothing of it is retained yet.
        self.report()

    def report(self) -> None:
        """Say how it is, to subscribers and to systemd."""
        self.health.pause_is_lost = self.memory.pause_is_lost
        self.health.page_trouble = self.front.page.trouble
        self.health.camera_picture = self.sharing.ways
        self.news.tell()
        self.sharing.tell()
        health = self.health.message()
        self.last_health.tell(health, self.client.trouble)
        self.client.retain(HEALTH.message(self.client.topics.health, health))
        self.manager.status(self.health.line(self.client.trouble))
        self.memory.known_as(self.client.behind.place)


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

    await daemon.desk.open()
    connection = asyncio.create_task(daemon.client.run())
    seeing = asyncio.create_task(daemon.vision.run())
    reloads = asyncio.create_task(daemon.reloader.run())
    reports = asyncio.create_task(daemon.health.run(daemon.changed, daemon.report))
    telling = (
        asyncio.create_task(daemon.news.run()),
        asyncio.create_task(daemon.front.discovery.run()),
        asyncio.create_task(daemon.commands.run()),
        asyncio.create_task(daemon.pace.run()),
        asyncio.create_task(daemon.memory.keep_trying()),
        asyncio.create_task(daemon.front.page.run()),
        asyncio.create_task(watch_steps(daemon.clock_was_set)),
    )
    stopping = asyncio.create_task(stop.wait())
    parts = (connection, reports, reloads, seeing, *telling)
    is_well = lambda: not any(part.done() for part in parts)  # noqa: E731
    watchdog = asyncio.create_task(daemon.manager.watchdog(is_well))
    daemon.manager.ready()
    try:
        # Only a stop and the end of the source are ends to wish for; any other is an error.
        done, _ = await asyncio.wait(
            (*parts, watchdog, stopping), return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()
    finally:
        daemon.manager.stopping()
        try:
            await _cancel(reports, reloads, seeing, stopping, watchdog, *telling)
            closing = (daemon.front.page.close(), daemon.desk.close())
            await asyncio.gather(daemon.vision.stop(), *closing)
        finally:
            await _cancel(connection)
            daemon.news.end()
            daemon.sharing.allow(())
            daemon.report()
            kept = daemon.memory.written(GOODBYE_S)
            await asyncio.gather(daemon.client.close(GOODBYE_S), kept)
            daemon.announcer.close()
            daemon.last_health.forget()


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
