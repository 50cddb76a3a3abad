"""The health message: its shape, null for what is not known, and when it is sent."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgepose import __version__, translate
from edgepose.config.model import Config
from edgepose.messages.page import Page
from edgepose.models.resolve import Resolved
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics
from edgepose.scene.presence import Rules
from edgepose.scene.scene import Scene, View
from edgepose.service import clock, health, thermal
from edgepose.service.counters import Counters
from edgepose.service.engine import Choice
from edgepose.service.flow import Flow
from edgepose.service.health import Health
from edgepose.service.pace import Pace
from edgepose.service.vision import Vision
from edgepose.service.wish import Wish
from tests.harness.books import unexplained

SECOND_NS = 1_000_000_000


class House:
    """The parts that health is collected from, as the daemon builds them; nothing runs."""

    def __init__(self) -> None:
        topics = Topics("edgepose", "tested")
        self.counters = Counters()
        self.client = Client(Settings("127.0.0.1", 1, "tested", installation="0a1b2c3d"), topics)
        self.flow = Flow(Scene(View(), Rules(0.5, 30.0, 0.5)), self.client, ["json"])
        self.vision = Vision(self.counters, self.flow.observe, lambda: None)
        self.pace = Pace(self.vision.set_rate, lambda: None)
        self.health = Health(self.counters, self.vision, self.flow, self.client, pace=self.pace)

    def wish(self, choice: Choice) -> None:
        """As soon as the engine is chosen."""

        async def main() -> None:
            model = Resolved(Path("full.task"), "full", None)
            configure = translate.vision(Config(), choice.name, model.path, Path(), 0)
            self.vision.want(Wish(choice, model, configure))

        asyncio.run(main())

    def message(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.health.message())
        return body


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    """Of a run that has just begun."""
    fd = Page.create()
    page = Page(fd)
    os.close(fd)
    house.counters.begin_run(page)
    yield page
    house.counters.end_run()
    page.close()


def test_what_is_not_known_is_null(house: House) -> None:
    body = house.message()
    own = body["memory_mb"].pop("daemon"), body["open_files"].pop("daemon")
    assert all(isinstance(each, int) and each > 0 for each in own)
    assert body["memory_mb"].pop("limit") >= 256
    assert len(body.pop("run")) == 4
    assert body.pop("time").endswith("Z")
    assert unexplained(body.pop("counters")) == (0, 0)
    assert body == {
        "v": 1,
        "status": "starting",
        "why": [],
        "camera": None,
        "sensor": None,
        "mode": None,
        "engine": None,
        "engine_why": None,
        "model": None,
        "model_why": None,
        "rate": {"camera": None, "pose": None, "wanted": None},
        "latency_ms": None,
        "events": {"waiting": 0, "dropped": 0},
        "restarts": {"vision": 0, "last": None, "causes": {}},
        "last_frame_s": None,
        "temperature_c": None,
        "throttled": None,
        "memory_mb": {"vision": None},
        "open_files": {"vision": None},
        "camera_picture": [],
        "clock": "ok",
        "installation": "0a1b2c3d",
        "versions": {"edgepose": __version__},
    }


def test_the_order_is_the_published_one(house: House) -> None:
    published = (
        "v time status why camera sensor mode engine engine_why model model_why rate latency_ms"
        " counters events restarts last_frame_s temperature_c throttled memory_mb open_files"
        " camera_picture clock run installation versions"
    )
    assert list(house.message()) == published.split()


def test_the_run_stays_the_same(house: House) -> None:
    assert house.message()["run"] == house.message()["run"]
    assert int(house.message()["run"], 16) >= 0


def test_rates_are_those_since_the_last_message(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough after the start that it counts from here, however slow the machine is.
    now_ns = clock.boottime_ns() + SECOND_NS
    monkeypatch.setattr(health, "boottime_ns", lambda: now_ns)
    house.message()
    for _ in range(90):
        page.count("captured")
    for _ in range(45):
        house.counters.book("published")
    now_ns += 3 * SECOND_NS
    assert house.message()["rate"] == {"camera": 30.0, "pose": 15.0, "wanted": None}
    now_ns += 2 * SECOND_NS
    assert house.message()["rate"] == {"camera": 0.0, "pose": 0.0, "wanted": None}


def test_latencies_are_those_since_the_last_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ns = clock.boottime_ns() + SECOND_NS
    monkeypatch.setattr(health, "boottime_ns", lambda: now_ns)
    house.flow.latencies_ms.extend([float(n) for n in range(100, -1, -1)])
    known = {"p50": 50.0, "p99": 99.0}
    assert house.message()["latency_ms"] == known
    # Said again at once, because something changed: there is nothing newer to say yet.
    assert house.message()["latency_ms"] == known
    now_ns += SECOND_NS
    assert house.message()["latency_ms"] is None


@pytest.mark.parametrize(
    ("camera", "trouble", "status", "why"),
    [
        (None, None, "starting", []),
        ("ok", None, "ok", []),
        ("stalled", None, "degraded", ["camera stalled"]),
        ("missing", None, "degraded", ["camera missing"]),
        ("covered", None, "degraded", ["camera covered: nothing can be seen"]),
        ("frozen", None, "degraded", ["camera frozen: the same picture again and again"]),
        # It is dark every night.
        ("dark", None, "ok", []),
        (None, "exit status 3", "degraded", ["vision process: exit status 3"]),
        ("missing", "no camera", "degraded", ["camera missing", "vision process: no camera"]),
        # Not twice.
        ("frozen", "camera frozen: it", "degraded", ["vision process: camera frozen: it"]),
    ],
)
def test_the_status_and_its_reasons(
    house: House, camera: Any, trouble: str | None, status: str, why: list[str]
) -> None:
    house.vision.camera, house.vision._trouble = camera, trouble
    # What is over is told, and is no trouble any more.
    house.vision.ends.last = "killed by SIGKILL"
    body = house.message()
    assert (body["status"], body["why"], body["camera"]) == (status, why, camera)
    assert body["restarts"] == {"vision": 0, "last": "killed by SIGKILL", "causes": {}}


@pytest.mark.parametrize(
    "choice", [Choice("mediapipe"), Choice("litert", "absent", "mediapipe is not installed here")]
)
def test_the_engine_and_why_it_is_not_the_other(house: House, choice: Choice) -> None:
    assert house.health.line(None) == "starting: trying MediaPipe"
    assert (house.message()["engine"], house.message()["model"]) == (None, None)
    house.wish(choice)
    body = house.message()
    assert (body["engine"], body["engine_why"]) == (choice.name, choice.why)
    assert body["model"] == "full"
    assert house.health.line(None) == "camera and engine are starting"


def test_an_old_config_is_said_first(house: House) -> None:
    house.vision.camera = "ok"
    assert house.message()["status"] == "ok"
    house.health.old_config = "line 4: camera.ratte: unknown key"
    body = house.message()
    assert (body["status"], body["why"]) == (
        "degraded",
        ["old config: line 4: camera.ratte: unknown key"],
    )
    line = house.health.line("broker.lan:1883: Connection refused")
    assert line.startswith("OLD CONFIG: line 4: camera.ratte: unknown key; no broker: broker.lan")
    assert line.endswith("frames/s, 0.0 looked at")


@pytest.mark.parametrize(
    ("camera", "line"),
    [
        ("ok", "0.0 frames/s, 0.0 looked at"),
        ("dark", "dark: nobody can be seen; 0.0 frames/s, 0.0 looked at"),
        ("covered", "camera covered: nothing can be seen; 0.0 frames/s, 0.0 looked at"),
        ("stalled", "camera stalled"),
    ],
)
def test_the_line_says_what_the_camera_sees(house: House, camera: Any, line: str) -> None:
    house.vision.camera = camera
    assert house.health.line(None) == line


def test_a_clock_that_nobody_has_set_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 7 * SECOND_NS)
    body = house.message()
    assert body["clock"] == "unset"
    assert body["time"].startswith("1970-01-01T00:00:0")


def test_it_is_sent_at_once_on_a_change_and_at_each_interval(house: House) -> None:
    async def main() -> None:
        changed, reports = asyncio.Event(), asyncio.Queue[None]()
        house.health.interval_s = 3600
        running = asyncio.create_task(house.health.run(changed, lambda: reports.put_nowait(None)))
        async with asyncio.timeout(10):
            await reports.get()
            for _ in range(3):
                assert reports.empty()
                changed.set()
                await reports.get()
            # Changed while it runs.
            house.health.interval_s = 0.001
            changed.set()
            for _ in range(5):
                await reports.get()
        running.cancel()

    asyncio.run(main())


def test_what_goes_to_and_fro_is_no_flood(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        changed, reports = asyncio.Event(), asyncio.Queue[None]()
        house.health.interval_s = 3600
        monkeypatch.setattr(health, "CHANGES_S", 60.0)
        running = asyncio.create_task(house.health.run(changed, lambda: reports.put_nowait(None)))
        async with asyncio.timeout(10):
            await reports.get()
            changed.set()
            await reports.get()
            for _ in range(100):
                changed.set()
                await asyncio.sleep(0)
            assert reports.empty()
            running.cancel()
            # And the last of them is not lost.
            monkeypatch.setattr(health, "CHANGES_S", 0.2)
            running = asyncio.create_task(
                house.health.run(changed, lambda: reports.put_nowait(None))
            )
            await reports.get()
            for _ in range(2):
                changed.set()
                await reports.get()
        running.cancel()

    asyncio.run(main())


def test_a_glance_tells_of_newer_times_and_changes_no_message(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    began_ns = clock.boottime_ns()
    house.message()
    for second in (1, 2):
        monkeypatch.setattr(health, "boottime_ns", lambda s=second: began_ns + s * SECOND_NS)
        for _ in range(30 * second):
            page.count("captured")
        house.flow.latencies_ms.extend([10.0 * second] * 30)
        seen = json.loads(house.health.glance())
        assert seen["rate"]["camera"] == pytest.approx(30.0 * second, rel=0.1)
    # Those of the newest, and not those of all.
    assert seen["latency_ms"]["p99"] == 20.0
    assert set(seen) == set(message := house.message())
    assert message["rate"]["camera"] == pytest.approx(45.0, rel=0.1)
    assert message["latency_ms"] == {"p50": 15.0, "p99": 20.0}


def test_a_rate_that_is_lowered_is_said(house: House, tmp_path: Path) -> None:
    file = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True)
    file.write_text("4")
    house.vision.camera = "ok"
    house.pace.want(30, 3)
    assert house.message()["status"] == "ok"
    house.pace.look(clock.boottime_ns(), tmp_path)
    said = "rate lowered to 20/s: throttled"
    body = house.message()
    assert (body["status"], body["why"]) == ("degraded", [said])
    assert house.health.line(None) == f"{said}; 0.0 frames/s, 0.0 looked at"


RATES = "0.0 frames/s, 0.0 looked at"


def test_the_line_says_all_that_health_does_the_worst_first(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True)
    file.write_text("1")
    monkeypatch.setattr(health, "throttling", lambda: thermal.throttling(tmp_path))
    weak = thermal.WORDS["under_voltage"]
    house.vision.camera = "ok"
    assert house.message()["why"] == [weak]
    assert house.message()["throttled"] == ["under_voltage"]
    assert house.health.line(None) == f"{weak}; {RATES}"
    house.health.pause_is_lost = True
    house.health.old_config = "line 4: camera.ratte: unknown key"
    forgets = "a restart brings the pause back: its end could not be kept"
    old = "old config: line 4: camera.ratte: unknown key"
    assert house.message()["why"] == [old, weak, forgets]
    rest = f"{old.replace('old config', 'OLD CONFIG')}; "
    assert house.health.line(None) == f"{rest}{weak}; {forgets}; {RATES}"
    refused = "lan:1883: Connection refused"
    assert house.health.line(refused) == f"{rest}no broker: {refused}; {weak}; {forgets}; {RATES}"
    # What to type is long, and hides nothing of the rest.
    typed = f"{refused}: type {'much ' * 30}"
    assert house.health.line(typed) == f"{rest}{weak}; {forgets}; no broker: {typed}; {RATES}"


def test_a_pause_stands_before_all_but_an_old_config(house: House) -> None:
    house.vision.pause()
    house.health.old_config = "no"
    house.health.pause_is_lost = True
    line = house.health.line("lan:1883: Connection refused")
    assert line.startswith("OLD CONFIG: no; paused: the camera is ")
    assert line.endswith("; a restart ends the pause: it could not be kept")
