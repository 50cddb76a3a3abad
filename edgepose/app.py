"""The one wiring file of the daemon, also its shutdown order.

The parts are built from the inside out, run as tasks of one loop, and are closed in the order
that keeps the promise: no frame unexplained, `offline` said last.
"""

import asyncio
import logging
import signal
from pathlib import Path

from edgepose import translate
from edgepose.config.device import identify
from edgepose.config.model import Config
from edgepose.errors import UserError
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message
from edgepose.mqtt.topics import Topics
from edgepose.scene.scene import Scene
from edgepose.service.counters import Counters
from edgepose.service.engine import choose
from edgepose.service.flow import Flow
from edgepose.service.health import Health
from edgepose.service.manager import Manager
from edgepose.service.vision import Vision

log = logging.getLogger(__name__)
GOODBYE_S = 0.5
"""For the broker to acknowledge the last messages; with the vision process's 1.2 s, gone in 2 s."""


async def run(config: Config, folder: Path) -> None:
    """Be the daemon until SIGTERM or SIGINT, or until the source has ended.

    `folder`: where relative paths in the config start. Raises UserError where the job cannot
    start.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    device = identify(config.device)
    topics = Topics(config.mqtt.base, device.id)
    model = translate.bundle(config, folder)
    log.info(
        "%s: source %s, model %s, topics %s/...",
        device.name,
        config.camera.source,
        model.name,
        topics.root,
    )
    if model.why is not None:
        log.warning("model %s: %s", model.name, model.why)
    manager, changed = Manager(), asyncio.Event()
    client = Client(translate.broker(config, device.id, folder), topics, changed.set)
    flow = Flow(Scene(translate.view(config)), client, topics, config.messages.formats)
    counters = Counters()
    vision = Vision(
        lambda: choose(config.detection.engine, model.path),
        lambda engine, frame: translate.vision(config, engine, model.path, folder, frame),
        counters,
        flow.observe,
        changed.set,
    )
    health = Health(counters, vision, flow, model=model)

    def report() -> None:
        client.retain(Message(topics.health, health.message(), qos=1, retain=True))
        manager.status(health.line(client.trouble))

    def reload() -> None:
        manager.reloading()
        log.warning("reload: camera and engine start anew; a changed config waits for a restart")
        vision.restart("reload")
        manager.ready()

    connection = asyncio.create_task(client.run())
    seeing = asyncio.create_task(vision.run())
    reports = asyncio.create_task(health.run(config.health.interval, changed, report))
    stopping = asyncio.create_task(stop.wait())
    parts = (connection, reports, seeing)
    watchdog = asyncio.create_task(manager.watchdog(lambda: not any(p.done() for p in parts)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    manager.ready()
    try:
        # Only a stop and the end of the source are ends to wish for; any other is an error.
        done, _ = await asyncio.wait((*parts, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        manager.stopping()
        try:
            await _cancel(reports, seeing, stopping, watchdog)
            await vision.stop()
        finally:
            await _cancel(connection)
            report()
            await client.close(GOODBYE_S)


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    for error in await asyncio.gather(*tasks, return_exceptions=True):
        # A UserError is on its way to the user already.
        if isinstance(error, Exception) and not isinstance(error, UserError):
            log.error("at the end: %s: %s", type(error).__name__, error)
