"""A lens cap, lights off and a frozen picture, as films: what a stranger is told of each."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from edgepose.vision.sources.actor import ActorSource
from tests.harness.afterwards import assert_adds_up
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.vision.views import RATE, cap_put_on, lights_off, make_film, room, still

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]

ROOM: Final = room()
WELL_S: Final = 3
WRONG_S: Final = 10


def cap(path: Path) -> Path:
    return make_film(path, still(ROOM, WELL_S), cap_put_on(ROOM, WRONG_S))


def lights(path: Path) -> Path:
    return make_film(path, still(ROOM, WELL_S), lights_off(ROOM, WRONG_S))


def frozen(path: Path) -> Path:
    """With somebody in it, who is not to stand there for ever."""
    frames = ActorSource("standing", (320, 240), 0).frames(threading.Event())
    images = [frame.image for frame in islice(frames, WELL_S * RATE)]
    return make_film(path, chain(images, repeat(images[-1], WRONG_S * RATE)))


def interrupted(path: Path) -> Path:
    """Somebody stands there; a hand passes, and then it is dark."""
    frames = ActorSource("standing", (320, 240), 0).frames(threading.Event())
    images = [frame.image for frame in islice(frames, 2 * WELL_S * RATE)]
    black = np.zeros_like(images[0])
    first, second = images[: WELL_S * RATE], images[WELL_S * RATE :]
    return make_film(path, first, repeat(black, 2 * RATE), second, repeat(black, 12 * RATE))


FAULTS: Final[dict[str, tuple[Callable[[Path], Path], bool, str, list[str]]]] = {
    "covered": (cap, False, "degraded", ["camera covered: nothing can be seen"]),
    "dark": (lights, False, "ok", []),
    "frozen": (frozen, True, "degraded", ["camera frozen: the same picture again and again"]),
}
"""By what /state calls it: the film of it, played again and again; whether somebody is there before
it; and what /health says then."""


class Device:
    """What a stranger has heard of one of the devices."""

    def __init__(self, stranger: Subscriber, name: str) -> None:
        self.name = name
        self._stranger = stranger

    def said(self, topic: str) -> list[tuple[int, dict[str, Any]]]:
        """Each message, and when it came."""
        found = self._stranger.on(f"{self.name}/{topic}")
        return [(each.at_ns, json.loads(each.payload)) for each in found]

    def is_offline(self) -> bool:
        """Whether this is the last that was heard of it."""
        return [m.payload for m in self._stranger.on(f"{self.name}/availability")[-1:]] == [
            b"offline"
        ]

    def cameras(self) -> list[tuple[int, str]]:
        """Each state of the camera, once, and when it was told first."""
        found: list[tuple[int, str]] = []
        for at_ns, state in self.said("state"):
            camera = state["camera"]
            if camera is not None and [camera] != [each for _, each in found[-1:]]:
                found.append((at_ns, camera))
        return found


def test_each_is_said_and_so_is_its_end(tmp_path: Path, broker: Broker) -> None:
    with ExitStack() as stack:
        stranger = stack.enter_context(Subscriber(broker.port))
        daemons = {}
        for name, (film, *_) in FAULTS.items():
            folder = tmp_path / name
            folder.mkdir()
            camera = {"source": "uri", "uri": str(film(folder / "film.mkv"))}
            config = {"device": {"id": name}, "camera": camera}
            daemons[name] = stack.enter_context(Daemon(folder, broker.port, config))
        devices = {name: Device(stranger, name) for name in FAULTS}
        for name, device in devices.items():
            wait_for(lambda d=device: len(d.cameras()) >= 3, 40, name)  # type: ignore[misc]
        for name, daemon in daemons.items():
            assert daemon.stop() == 0
            wait_for(devices[name].is_offline, 5, "offline")
    for name, (_, somebody, status, why) in FAULTS.items():
        device = devices[name]
        (_, first), (began_ns, fault), (ended_ns, last), *_ = device.cameras()
        assert (first, fault, last) == ("ok", name, "ok")
        healths = [said for _, said in device.said("health") if said["camera"] == name]
        assert {(said["status"], *said["why"]) for said in healths} == {(status, *why)}
        for _, state in device.said("state"):
            # Whoever has just begun to look does not know either.
            assert state["presence"] in ((None, somebody) if state["camera"] == "ok" else (None,))
            assert (
                (state["people"] is None) == (state["count"] is None) == (state["presence"] is None)
            )
        assert any(state["presence"] is somebody for _, state in device.said("state"))
        # Not even that nobody is there; those on their way may still come.
        poses = [at_ns for at_ns, _ in device.said("pose")]
        assert not [at for at in poses if began_ns + 500_000_000 < at < ended_ns - 500_000_000]
        health = device.said("health")[-1][1]
        assert_adds_up(stranger, daemons[name].log, name)
        assert health["restarts"]["vision"] == 0


def test_nobody_leaves_because_it_gets_dark(tmp_path: Path, broker: Broker) -> None:
    config = {
        "device": {"id": "tested"},
        "camera": {"source": "uri", "uri": str(interrupted(tmp_path / "film.mkv"))},
        # Over long before it is known for sure that it is dark.
        "presence": {"on_after": 0.2, "off_after": 1},
    }
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, config) as daemon:
        device = Device(stranger, "tested")
        wait_for(lambda: len(device.cameras()) >= 3, 60, "dark, and light again")
        assert daemon.stop() == 0
    presences = [state["presence"] for _, state in device.said("state")]
    assert True in presences
    assert False not in presences
    assert {event["event_type"] for _, event in device.said("event")} == {"entered"}
    assert [camera for _, camera in device.cameras()][:3] == ["ok", "dark", "ok"]
    assert daemon.log.count("INFO: it is dark: nobody can be seen\n") == 1
    assert daemon.log.count("INFO: the camera sees again, after ") == 1
