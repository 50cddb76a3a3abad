"""The live page of a whole daemon: what it shows, when it is there, and who hears of its token."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.live.opened import Door, Viewer

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
DISCOVERY: Final = f"homeassistant/device/edgepose_{DEVICE}/config"
TAKEN: Final = "live page: cannot listen"


async def true(what: Callable[[], object], name: str) -> None:
    """Wait for it while the loop goes on."""
    await asyncio.to_thread(wait_for, what, 20, name)


def newest(stranger: Subscriber, topic: str) -> Any:
    payloads = [each.payload for each in stranger.on(topic)]
    return json.loads(payloads[-1]) if payloads and payloads[-1] else {}


def page(stranger: Subscriber) -> str | None:
    """Where Home Assistant sends those who ask for the device's page."""
    address: str | None = newest(stranger, DISCOVERY).get("device", {}).get("configuration_url")
    return address


def is_told_of_old(stranger: Subscriber) -> bool:
    """Whether the first thing that is wrong is that the file is not what runs."""
    return "".join(newest(stranger, "/health")["why"][:1]).startswith("old config")


async def sees_everybody_whole(looks: Viewer) -> None:
    """The next pose has all landmarks of whoever is there."""
    pose = await looks.pose()
    assert (pose.set, {len(each.landmarks) for each in pose.people}) == ("blazepose33", {33})


async def shows_health(looks: Viewer, stranger: Subscriber) -> None:
    """Wait for a health that was told over MQTT, too; those in between are for viewers alone."""
    shown: list[Any] = []
    async with asyncio.timeout(20):
        while not any(json.loads(m.payload) in shown for m in stranger.on("/health")):
            shown.append((await looks.next("health"))[1])


async def visit(door: Door, daemon: Daemon, broker: Broker, stranger: Subscriber) -> None:
    async with door.viewer() as looks:
        _, hello = await looks.next("hello")
        assert (hello["device"], hello["camera_picture"]) == (DEVICE, False)
        for kind in ("state", "config"):
            _, body = await looks.next(kind)
            told = lambda b=body, k=kind: b in [json.loads(m.payload) for m in stranger.on(f"/{k}")]  # noqa: E731
            await true(told, f"the same {kind} over MQTT")
        await shows_health(looks, stranger)
        await sees_everybody_whole(looks)
        good = daemon.config.read_bytes()
        daemon.save(good + b"# a picture, too\nsnapshot: {camera_picture: true}\n")
        await true(lambda: "snapshot.camera_picture" in daemon.log, "pictures for another")
        daemon.save(good.replace(b"enabled: true", b"enabled: true\n  camera_picture: true"))
        while True:
            # A picture that others may have is none for the page.
            kind, body = await looks.next()
            assert kind != "picture"
            if kind == "hello" and body["camera_picture"]:
                break
        _, picture = await looks.next("picture")
        frame, jpeg = int.from_bytes(picture[:4], "little"), picture[4:]
        assert (jpeg[:2], jpeg[-2:]) == (b"\xff\xd8", b"\xff\xd9")
        assert frame <= (await looks.pose()).frame < frame + 10
        # It may have been meant to take the picture away, and whoever looks is to see the mistake.
        bad = good.replace(b"enabled: true", b"enabled: true\n  camera_picture: true")
        daemon.save(bad + b"nonsense: 1\n")
        shows, refused = True, False
        while shows or not refused:
            kind, body = await looks.next()
            if kind == "hello":
                shows = body["camera_picture"]
            refused |= kind == "config" and body["last"]["result"] == "refused"
        for _ in range(10):
            assert (await looks.next())[0] != "picture"
        await true(lambda: is_told_of_old(stranger), "the mistake over MQTT")
        assert page(stranger) is not None
        daemon.save(good.replace(b"enabled: true", b"enabled: false"))
        gone = aiohttp.WSCloseCode.GOING_AWAY
        assert await looks.closed() == (gone, "The live page was switched off")
        await true(lambda: page(stranger) is None, "no address")
        daemon.save(good)
        await true(lambda: page(stranger) is not None, "an address again")
    await true(lambda: daemon.log.count("live page: on") == 2, "the page again")
    assert f"`edgepose live {daemon.config}` tells how to open it" in daemon.log
    async with door.viewer() as looks:
        await asyncio.to_thread(broker.stop)
        await true(lambda: "keeps trying" in daemon.log, "no broker")
        for _ in range(10):
            await sees_everybody_whole(looks)
        stopping = asyncio.create_task(asyncio.to_thread(daemon.stop))
        assert await looks.closed() == (gone, "")
        assert await stopping == 0


def test_what_it_shows_and_when_it_is_there(tmp_path: Path, broker: Broker) -> None:
    door = Door(tmp_path / "state")
    door.folder.mkdir()
    config = {
        "camera": {"rate": 10},
        "messages": {"formats": ["packed"], "landmarks": "coco17"},
        "live": {"enabled": True, "port": door.port},
    }
    environment = {"STATE_DIRECTORY": str(door.folder)}
    with (
        Subscriber(broker.port, "#") as stranger,
        socket.create_server(("127.0.0.1", door.port)) as taken,
        Daemon(tmp_path, broker.port, config, environment=environment) as daemon,
    ):
        wait_for(lambda: TAKEN in str(newest(stranger, "/health").get("why")), 20, TAKEN)
        assert newest(stranger, "/health")["status"] == "degraded"
        wait_for(lambda: len(stranger.packed()) > 5, 20, "poses")
        taken.close()
        wait_for(lambda: newest(stranger, "/health")["status"] == "ok", 30, "no trouble")
        wait_for(lambda: page(stranger), 20, "the address")
        assert page(stranger) == f"http://localhost:{door.port}/"
        asyncio.run(visit(door, daemon, broker, stranger))
        assert daemon.log.count(TAKEN) == 1
        shown = subprocess.run(
            [sys.executable, "-m", "edgepose", "config", str(daemon.config)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
        )
        told = [daemon.log, shown.stdout, *(repr(each.payload) for each in stranger.messages)]
        assert not [each for each in told if door.token in each]
        assert "Traceback" not in daemon.log


def test_there_is_none_after_a_start_with_a_bad_file(tmp_path: Path, broker: Broker) -> None:
    door = Door(tmp_path / "state")
    door.folder.mkdir()
    config = {"camera": {"rate": 10}, "live": {"enabled": True, "port": door.port}}
    environment = {"STATE_DIRECTORY": str(door.folder)}
    with (
        Subscriber(broker.port, "#") as stranger,
        Daemon(tmp_path, broker.port, config, environment=environment) as daemon,
    ):
        wait_for(lambda: page(stranger), 20, "the address")
        stranger.wait_poses(3)
    with daemon.config.open("ab") as file:
        file.write(b"nonsense: 1\n")
    with (
        Subscriber(broker.port, "#") as stranger,
        Daemon(tmp_path, broker.port, file=daemon.config, environment=environment) as daemon,
    ):
        stranger.wait_poses(3)
        wait_for(lambda: newest(stranger, DISCOVERY) and page(stranger) is None, 20, "no address")
        wait_for(lambda: is_told_of_old(stranger), 20, "the mistake")
        assert "live page: on" not in daemon.log
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", door.port)).close()
