"""The health message: how the device is, in one retained JSON.

Published every `interval` seconds and whenever the status changes. What is not known is null.
Runs on the daemon's loop.
"""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import quantiles
from typing import Final

from edgepose import __version__
from edgepose.messages.notice import Way
from edgepose.messages.plain import encode
from edgepose.messages.report import Events, Latency, Memory, OpenFiles, Rate, Restarts, Status
from edgepose.messages.report import Health as Report
from edgepose.messages.state import Camera
from edgepose.mqtt.client import Client
from edgepose.service import proc
from edgepose.service.clock import boottime_ns, is_unset, iso, unix_us
from edgepose.service.counters import Counters
from edgepose.service.flow import Flow
from edgepose.service.pace import Pace
from edgepose.service.thermal import WORDS, temperature_c, throttled, throttling
from edgepose.service.vision import Vision

SHORTEST_S: Final = 0.5
CHANGES_S: Final = 1.0
"""Between two messages because something has changed: what goes to and fro is no flood."""
_GLANCED: Final = 60
"""Delays that a glance looks back at, of two seconds at 30 a second."""
SHORT: Final = 100
"""Characters of a broker's trouble that stands before others."""
_OLD_CONFIG: Final = "old config"
_PROBLEMS: Final[Mapping[Camera | None, str]] = {
    "missing": "",
    "stalled": "",
    "covered": ": nothing can be seen",
    "frozen": ": the same picture again and again",
}
"""The states of the camera that are a problem, and what one says of them. Dark is none."""


class Health:
    """Collects health from the parts.

    `interval_s` may be changed while `run` runs. `old_config` says why another config runs than
    the file asks for, None where the file is in force. `pause_is_lost`: whether a restart changes
    whether it is paused. `page_trouble`: why the live page is not as it is wanted.
    `camera_picture`: by what the camera's pictures can be had.
    """

    def __init__(
        self,
        counters: Counters,
        vision: Vision,
        flow: Flow,
        client: Client,
        *,
        pace: Pace,
        interval_s: float = 30.0,
    ) -> None:
        self.interval_s = interval_s
        self.old_config: str | None = None
        self.pause_is_lost = False
        self.page_trouble: str | None = None
        self.camera_picture: tuple[Way, ...] = ()
        self._counters = counters
        self._vision = vision
        self._flow = flow
        self._client = client
        self._pace = pace
        self._run = secrets.token_hex(2)
        self._told, self._glanced = _Window(counters), _Window(counters)
        """Of the messages, and of what is told in between."""
        self._latency_ms: Latency | None = None

    async def run(self, changed: asyncio.Event, report: Callable[[], None]) -> None:
        """Call `report` every `interval_s` seconds and when `changed` is set, for ever: at once,
        but where that was so in the last second, only after it."""
        loop = asyncio.get_running_loop()
        changed_s = -CHANGES_S
        while True:
            changed.clear()
            report()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.interval_s):
                    await changed.wait()
            if changed.is_set():
                await asyncio.sleep(max(0.0, changed_s + CHANGES_S - loop.time()))
                changed_s = loop.time()

    def status(self) -> tuple[Status, list[str]]:
        """How it is in one word, and why it is not ok, the worst first."""
        why = self._why()
        if self._vision.paused:
            return "paused", why
        if why:
            return "degraded", why
        return ("ok" if self._gives() else "starting"), why

    def _gives(self) -> bool:
        """Whether frames come, and answers."""
        frames = self._vision.seeing or self._vision.obscured
        return frames and not self._vision.opening

    def _why(self) -> list[str]:
        """The same for `/health` and for the line at the machine."""
        camera = self._vision.camera
        # Once: the words of the process may begin with the same.
        said = (self._vision.trouble or "").startswith(f"camera {camera}")
        blind = camera in _PROBLEMS and not said
        why = [
            None if self.old_config is None else f"{_OLD_CONFIG}: {self.old_config}",
            self._client.rival,
            f"camera {camera}{_PROBLEMS[camera]}" if blind else None,
            _of_vision(self._vision.trouble),
            *(WORDS[name] for name in self._throttled() or ()),
            self._pace.lowered,
            self._forgets(),
            self.page_trouble,
            # Long: what to set.
            _of_vision(self._vision.warning),
        ]
        return [each for each in why if each is not None]

    def _forgets(self) -> str | None:
        if not self.pause_is_lost:
            return None
        if self._vision.paused:
            return "a restart ends the pause: it could not be kept"
        return "a restart brings the pause back: its end could not be kept"

    def line(self, broker_trouble: str | None) -> str:
        """How it is in one line for a person, as of the last message: first what nothing else
        tells, last that it lives."""
        why = self._why()
        parts = []
        if self.old_config is not None:
            # Whoever has just saved the file is to see that it was for nothing.
            parts.append(_OLD_CONFIG.upper() + why.pop(0).removeprefix(_OLD_CONFIG))
        if self._vision.paused:
            closed = "closed" if self._vision.camera == "off" else "being closed"
            parts.append(f"paused: the camera is {closed}")
        if broker_trouble is not None:
            broker_trouble = f"no broker: {broker_trouble}"
            # What tells what to type is long, and does not hide the rest.
            why.insert(0 if len(broker_trouble) <= SHORT else len(why), broker_trouble)
        return "; ".join((*parts, *why, *self._going()))

    def _going(self) -> list[str]:
        if self._vision.paused:
            return []
        if self._gives():
            rate = self._told.rate
            camera, pose = rate.camera or 0, rate.pose or 0
            dark = ["dark: nobody can be seen"] if self._vision.camera == "dark" else []
            return [*dark, f"{camera:.1f} frames/s, {pose:.1f} looked at"]
        if self._vision.camera in _PROBLEMS or self._vision.trouble is not None:
            return []
        if self._vision.wish is None:
            return ["starting: trying MediaPipe"]
        return ["camera and engine are starting"]

    def message(self) -> bytes:
        """The payload of `/health`. Rates and delays are those since the message before."""
        delays = self._flow.latencies_ms
        if self._told.measure(self._counters.snapshot(), boottime_ns()):
            self._latency_ms = _latency(delays)
            delays.clear()
        return self._payload(self._told.rate, self._latency_ms)

    def glance(self) -> bytes:
        """The same for who looks more closely: rates since the last glance, and newer delays. The
        next message is as it would have been without."""
        self._glanced.measure(self._counters.snapshot(), boottime_ns())
        newest = _latency(list(self._flow.latencies_ms)[-_GLANCED:])
        return self._payload(self._glanced.rate, newest or self._latency_ms)

    def _payload(self, rate: Rate, latency_ms: Latency | None) -> bytes:
        now_ns = boottime_ns()
        now_us = unix_us(now_ns)
        counters = self._counters.snapshot()
        status, why = self.status()
        last_ns = self._vision.last_frame_ns
        wish, ends = self._vision.wish, self._vision.ends
        engine, model = (None, None) if wish is None else (wish.engine, wish.model)
        return encode(
            Report(
                time=iso(now_us),
                status=status,
                why=tuple(why),
                camera=self._vision.camera,
                sensor=self._vision.source.get("model"),
                mode=self._vision.source.get("mode"),
                engine=None if engine is None else engine.name,
                engine_why=None if engine is None else engine.why,
                model=None if model is None else model.name,
                model_why=None if model is None else model.why,
                rate=replace(rate, wanted=self._vision.aim),
                latency_ms=latency_ms,
                counters=counters,
                events=Events(len(self._client.outbox), self._client.outbox.dropped),
                restarts=Restarts(ends.restarts, ends.last, ends.causes),
                last_frame_s=round((now_ns - last_ns) / 1e9, 2) if last_ns else None,
                temperature_c=temperature_c(),
                throttled=self._throttled(),
                memory_mb=Memory(
                    proc.memory_mb(os.getpid()),
                    self._vision.memory_mb,
                    self._vision.memory_bound_mb,
                ),
                open_files=OpenFiles(
                    proc.open_files(os.getpid()), proc.open_files(self._vision.pid)
                ),
                camera_picture=self.camera_picture,
                clock="unset" if is_unset(now_us) else "ok",
                run=self._run,
                installation=self._client.settings.installation,
                versions={"edgepose": __version__},
            )
        )

    def _throttled(self) -> tuple[str, ...] | None:
        word = throttling()
        return None if word is None else throttled(word, word)


class _Window:
    """The time since something was told, and how many frames came and were looked at in it."""

    def __init__(self, counters: Counters) -> None:
        self.rate = Rate()
        self._since_ns = boottime_ns()
        self._since = counters.snapshot()

    def measure(self, counters: dict[str, int], now_ns: int) -> bool:
        """The rate of this time, and begin anew; not over too short a time, which says nothing."""
        seconds = (now_ns - self._since_ns) / 1e9
        if seconds < SHORTEST_S:
            return False
        camera, pose = (
            round((counters[name] - self._since[name]) / seconds, 1)
            for name in ("captured", "observed")
        )
        self.rate = Rate(camera, pose)
        self._since_ns, self._since = now_ns, counters
        return True


def _latency(delays: Sequence[float]) -> Latency | None:
    if len(delays) < 2:
        return None
    cuts = quantiles(delays, n=100, method="inclusive")
    return Latency(round(cuts[49], 1), round(cuts[98], 1))


def _of_vision(told: str | None) -> str | None:
    return None if told is None else f"vision process: {told}"
