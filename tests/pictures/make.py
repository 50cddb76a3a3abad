"""Makes the pictures of the README: a daemon looks at the drawn person, and is looked at.

Owns which pictures there are and what is on them; no camera had a part in any. Called from one
thread, which waits; raises AssertionError where something does not come.
"""

import base64
import io
import re
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console

from edgepose.drawing import draw
from edgepose.messages.pose import Pose
from edgepose.mqtt.topics import Topics
from edgepose.service.clock import unix_us
from edgepose.terminal.arrival import Sorter
from edgepose.terminal.display import Portrait
from edgepose.terminal.frame import Frame
from edgepose.terminal.inbox import Inbox
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import UNPACED_RATE, ActorSource
from tests.harness.broker import Broker
from tests.harness.browser import DESKTOP, PHONE, Browser
from tests.harness.wait import wait_for
from tests.live.page.house import House, wait_drawn

FOLDER: Final = Path(__file__).resolve().parents[2] / ".github" / "pictures"
SCENE: Final = "two_people"
RATE: Final = 15
SIZE: Final = (640, 480)
POSES: Final = 24
"""After so many, everybody counts as there, and rates and delays are known."""
PAGES: Final[dict[str, dict[str, Any]]] = {
    "page-light.webp": {"viewport": DESKTOP, "colorScheme": "light"},
    "page-dark.webp": {"viewport": DESKTOP, "colorScheme": "dark"},
    "page-phone.webp": {"viewport": PHONE, "colorScheme": "dark", "deviceScaleFactor": 2},
}
"""Each picture of the live page, with what playwright's context is given for it."""
_COLUMNS, _ROWS = 104, 30
BASE, DEVICE = "edgepose", "hallway"
_CONFIG: Final[dict[str, Any]] = {
    "device": {"id": DEVICE, "name": "Hallway"},
    "camera": {"source": "actor", "scene": SCENE, "rate": RATE, "size": list(SIZE), "mask": []},
    "detection": {"engine": "mediapipe", "num_poses": 2},
}


def make(to: Path, browser: Browser) -> list[Path]:
    """Write all of them into a folder; give their paths."""
    to.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="edgepose-pictures-") as folder,
        Broker(Path(folder)) as broker,
        House(Path(folder), broker, browser, _CONFIG) as house,
    ):
        house.stranger.wait_poses(POSES, 60)
        return [
            _terminal(to / "terminal.webp", house, browser),
            _annotated(to / "annotated.webp", house),
            *_live(to, house),
        ]


def _live(to: Path, house: House) -> list[Path]:
    """The live page, light and dark, and on a phone."""
    # One by one: what several draw, two cores lack for the engine, and the numbers would show it.
    for name, options in PAGES.items():
        tab = house.enter(**options)
        tab.wait("headline.innerText === '2 people are there'")
        tab.wait("/From camera to message/.test(pace.innerText)")
        wait_drawn(tab)
        _keep(to / name, tab.run("return (await page.screenshot()).toString('base64')"))
        tab.run("await context.close()")
    return [to / name for name in PAGES]


def _terminal(path: Path, house: House, browser: Browser) -> Path:
    """What `edgepose watch` shows of the messages so far, in a terminal."""
    now_s = 0.0
    inbox, sorter = Inbox(lambda: now_s), Sorter(BASE, DEVICE)
    for each in list(house.stranger.messages):
        now_s = each.at_ns / 1e9
        arrival = sorter.sort(each.topic, each.payload, unix_us(each.at_ns), each.retain)
        if arrival is not None:
            inbox.take(arrival)
    title = "edgepose watch, broker localhost:1883"
    frame = Frame(title, "next", "edgepose watch --record hall.jsonl")
    portrait = Portrait(inbox, Topics(BASE, DEVICE), frame, lambda _: "")
    console = Console(
        record=True, file=io.StringIO(), width=_COLUMNS, height=_ROWS, force_terminal=True,
        color_system="truecolor",
    )  # fmt: skip
    console.print(portrait.update(12), end="")
    svg = console.export_svg(title="edgepose watch")
    # No font of another host.
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    tab = browser.tab(viewport={"width": 960, "height": 900})
    tab.run("await page.setContent(args.svg)", svg=svg)
    shot = "return (await page.locator('svg').first().screenshot()).toString('base64')"
    _keep(path, tab.run(shot))
    tab.run("await context.close()")
    return path


def _keep(path: Path, png: str) -> None:
    """Write what the browser shows, without loss, and smaller than it is as PNG."""
    dots = np.frombuffer(base64.b64decode(png), np.uint8)
    picture = cv2.imdecode(dots, cv2.IMREAD_COLOR)
    assert picture is not None
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_WEBP_QUALITY, 101])


def _annotated(path: Path, house: House) -> Path:
    """A frame, with what was found in it drawn over it."""
    pose = wait_for(lambda: _both(house.stranger.poses()), 30, "two people in one pose")
    picture = draw(_drawn(pose.frame), pose.people)
    cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, 90])
    return path


def _both(poses: list[Pose]) -> Pose | None:
    return next((pose for pose in reversed(poses) if len(pose.people) == 2), None)


def _drawn(frame: int) -> Image:
    """The actor's frame of this number."""
    stop = threading.Event()
    left = round(frame * UNPACED_RATE / RATE)

    def wanted(_captured_ns: int) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    return next(ActorSource(SCENE, SIZE, 0).frames(stop, wanted)).image
