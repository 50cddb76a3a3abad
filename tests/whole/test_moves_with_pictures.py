"""The camera's pictures while the device goes to another broker: none that nobody is told of."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import Daemon, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.live.opened import Door, Viewer

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


async def pictures_on_the_way(looks: Viewer, name: str) -> int:
    """How many come between the moment in which the device has this name and that in which it has
    said so."""
    named, count = False, 0
    async for message in looks.line:
        if message.type is aiohttp.WSMsgType.BINARY:
            count += named
            continue
        told: dict[str, Any] = json.loads(message.data)
        if told["kind"] == "hello":
            named = told["body"]["name"] == name
        elif told["kind"] == "config" and told["body"]["config"]["device"]["name"] == name:
            return count
    raise AssertionError("the page has gone")


def test_on_the_way_to_another_broker_no_picture_gets_out(tmp_path: Path, broker: Broker) -> None:
    door = Door(tmp_path)
    config: dict[str, Any] = {"live": {"enabled": True, "port": door.port, "camera_picture": True}}
    with Broker(tmp_path) as other, Subscriber(other.port) as stranger:
        environment = {"STATE_DIRECTORY": str(tmp_path)}
        with Daemon(tmp_path, broker.port, config, environment=environment) as daemon:
            daemon.wait_log("live page: on")
            daemon.wait_log("MQTT 5 connected")

            async def visit() -> int:
                async with door.viewer() as looks:
                    await looks.next("picture")
                    # So that it takes a while to leave it.
                    broker.signal(signal.SIGSTOP)
                    text = config_text(other.port, {**config, "device": {"name": "Hall"}})
                    daemon.save(text.encode())
                    count = await pictures_on_the_way(looks, "Hall")
                    await looks.next("picture")
                    return count

            try:
                assert asyncio.run(visit()) == 0
            finally:
                broker.signal(signal.SIGCONT)
            wait_for(lambda: [m for m in stranger.on("/notice") if m.payload], 20, "the notice")
            assert daemon.stop() == 0
