"""What a subscriber has received, boiled down to what is worth showing.

Keeps the newest pose and bounded numbers; knows no MQTT. Filled on the subscriber's thread, read
on any other. Raises nothing: what cannot be read is counted.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

from edgepose.messages import packed
from edgepose.messages.pose import Pose
from edgepose.mqtt.topics import Topics
from edgepose.terminal import report
from edgepose.terminal.report import Report

WINDOW_S: Final = 2.0
"""The rate and the delay that are shown are those of this long."""
_REMEMBERED: Final = 8192
"""Delays kept for the median of the end: some minutes."""
_SIZES: Final = 1024


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was received so far.

    `poses` are the messages on `/pose/packed`, `missing` those that got lost on the way (gaps in
    `seq`), `unreadable` messages of any topic. `rate` in poses/s and `delay_ms` (median) are the
    newest, None while nothing comes; a delay is from capture to here, by the wall clocks of both
    ends. Bytes of poses are the median of many messages. `silence_s`: since the last pose.
    """

    poses: int
    missing: int
    unreadable: int
    rate: float | None
    delay_ms: float | None
    packed_bytes: int | None
    json_bytes: int | None
    health_bytes: int | None
    availability: str | None
    report: Report | None
    silence_s: float | None


class Inbox:
    """Takes the messages of one device. `pose` is the newest."""

    def __init__(self, topics: Topics) -> None:
        self.pose: Pose | None = None
        self._takers = {
            topics.pose_packed: self._take_packed,
            topics.pose: self._take_json,
            topics.health: self._take_health,
            topics.availability: self._take_availability,
        }
        self._lock = threading.Lock()
        self._missing = self._unreadable = 0
        self._packed, self._json = _Sizes(), _Sizes()
        self._last: float | None = None
        self._recent: deque[float] = deque()
        self._delays_ms: deque[float] = deque(maxlen=_REMEMBERED)
        self._availability: str | None = None
        self._offline = threading.Event()
        self._report: Report | None = None
        self._health_bytes: int | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return tuple(self._takers)

    @property
    def report(self) -> Report | None:
        """The newest report of the device."""
        return self._report

    def wait_offline(self, limit_s: float) -> None:
        """Block until the device that was online says `offline`, but not longer than that."""
        if self._availability is not None:
            self._offline.wait(limit_s)

    def take(self, topic: str, payload: bytes | bytearray) -> None:
        """Take a message. One of another topic is ignored: some brokers send what nobody asked
        for."""
        now_us = time.time_ns() // 1000
        taker = self._takers.get(topic)
        if taker is None:
            return
        with self._lock:
            try:
                taker(payload, now_us)
            except ValueError:
                self._unreadable += 1

    def _take_packed(self, payload: bytes | bytearray, now_us: int) -> None:
        pose = packed.decode(payload)
        if self.pose is not None and not pose.first:
            self._missing += (pose.seq - self.pose.seq - 1) % 2**32
        self.pose = pose
        self._packed.add(len(payload))
        self._delays_ms.append((now_us - pose.unix_us) / 1000)
        self._last = time.monotonic()
        self._recent.append(self._last)

    def _take_json(self, payload: bytes | bytearray, _now_us: int) -> None:
        self._json.add(len(payload))

    def _take_health(self, payload: bytes | bytearray, _now_us: int) -> None:
        self._report = report.read(payload)
        self._health_bytes = len(payload)

    def _take_availability(self, payload: bytes | bytearray, _now_us: int) -> None:
        self._availability = report.printable(payload.decode())
        if self._availability == "offline":
            self._offline.set()
        else:
            self._offline.clear()

    def numbers(self) -> Numbers:
        """What there is now."""
        with self._lock:
            now = time.monotonic()
            silence_s = None if self._last is None else now - self._last
            while self._recent and now - self._recent[0] > WINDOW_S:
                self._recent.popleft()
            count = len(self._recent)
            return Numbers(
                poses=self._packed.count,
                missing=self._missing,
                unreadable=self._unreadable,
                rate=(count - 1) / (self._recent[-1] - self._recent[0]) if count > 1 else None,
                delay_ms=median(list(self._delays_ms)[-count:]) if count else None,
                packed_bytes=self._packed.median,
                json_bytes=self._json.median,
                health_bytes=self._health_bytes,
                availability=self._availability,
                report=self._report,
                silence_s=silence_s,
            )

    def overall_delay_ms(self) -> float | None:
        """The median delay of some minutes."""
        with self._lock:
            return median(self._delays_ms) if self._delays_ms else None


class _Sizes:
    def __init__(self) -> None:
        self.count = 0
        self._newest: deque[int] = deque(maxlen=_SIZES)

    def add(self, size: int) -> None:
        self.count += 1
        self._newest.append(size)

    @property
    def median(self) -> int | None:
        return round(median(self._newest)) if self._newest else None
