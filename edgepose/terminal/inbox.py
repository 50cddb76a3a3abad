"""What a subscriber has received of one device, boiled down to what is worth showing.

Keeps the newest pose and bounded numbers; knows no MQTT. Filled on the subscriber's thread, read
on any other. Raises nothing: what cannot be read is counted.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from edgepose.messages.pose import Pose
from edgepose.terminal import notice, presence, report
from edgepose.terminal.arrival import Arrival
from edgepose.terminal.notice import Notice
from edgepose.terminal.presence import Presence
from edgepose.terminal.report import Report, printable

WINDOW_S: Final = 2.0
"""The rate and the delay that are shown are those of this long."""
_MOST_RECENT: Final = 1024
"""Poses in that window at most."""
REMEMBERED: Final = 8192
"""Delays kept for the median of the end: some minutes."""
_SIZES: Final = 64
_HALF: Final = 1 << 31
"""A larger gap in `seq` is a device that has started anew."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was received so far.

    `poses` counts each pose once, whatever formats it came in; `missing` are those that got
    lost on the way (gaps in `seq`), `unreadable` messages of any topic. `rate` in poses/s and
    `delay_ms` (median) are the newest, None while nothing comes; a delay is from capture to
    here, by the wall clocks of both ends. Bytes of poses are the median of many messages.
    `people` are those in the newest pose. `report_s`: how old the report is, None where nobody
    knows. `event` is the newest, in words. `silence_s`: since the last pose; `heard_s`: since
    the last message of any kind that was not retained. `notice` is None where the camera's pictures
    cannot be had. Of a device that is offline `report`, `presence`, `people` and `notice` are None:
    what it said last is not so any more. While nobody is `connected` they and `availability` are:
    what was said last may not be so any more.
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
    report_s: float | None
    presence: Presence | None
    people: int | None
    event: str | None
    notice: Notice | None
    silence_s: float | None
    heard_s: float | None
    connected: bool


class Inbox:
    """Takes the messages of one device. `pose` is the newest.

    `clock` is what rates and silences are measured with: seconds that never go back. So many
    delays are `remembered` for `overall_delay_ms`.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, remembered: int = REMEMBERED
    ) -> None:
        self.pose: Pose | None = None
        self._clock = clock
        self._takers: Final = {
            "pose": self._take_pose,
            "health": self._take_health,
            "state": self._take_state,
            "event": self._take_event,
            "notice": self._take_notice,
            "availability": self._take_availability,
        }
        self._lock = threading.Lock()
        self._poses = self._missing = self._unreadable = 0
        self._anew = False
        self._packed, self._json = _Sizes(_SIZES), _Sizes(_SIZES)
        self._heard: float | None = None
        self._last: float | None = None
        self._recent: deque[tuple[float, float]] = deque(maxlen=_MOST_RECENT)
        self._delays_ms: deque[float] = deque(maxlen=remembered)
        self._availability: str | None = None
        self._offline = threading.Event()
        self._report: Report | None = None
        self._reported: float | None = None
        self._presence: Presence | None = None
        self._event: str | None = None
        self._notice: Notice | None = None
        self._health_bytes: int | None = None

    @property
    def report(self) -> Report | None:
        """The newest report of the device."""
        return self._report

    def wait_offline(self, limit_s: float) -> None:
        """Block until the device that was online says `offline`, but not longer than that."""
        if self._availability is not None:
            self._offline.wait(limit_s)

    def begin_anew(self) -> None:
        """Nothing could come for a while: what is missing before the next pose was not lost, and
        what is still so is retained and comes again."""
        with self._lock:
            self._anew = True
            self._availability = self._report = self._presence = self._notice = None

    def take(self, arrival: Arrival) -> None:
        """Take a message. One of a kind that is not shown is ignored."""
        with self._lock:
            if not arrival.retained:
                self._heard = self._clock()
            taker = self._takers.get(arrival.kind)
            try:
                if arrival.error is not None:
                    raise ValueError(arrival.error)
                if taker is not None:
                    taker(arrival)
            except ValueError:
                self._unreadable += 1

    def _take_pose(self, arrival: Arrival) -> None:
        (self._packed if arrival.packed else self._json).add(len(arrival.payload))
        pose = arrival.content
        if not isinstance(pose, Pose):
            return
        if self.pose is not None and not pose.first and not self._anew:
            gap = (pose.seq - self.pose.seq - 1) % 2**32
            self._missing += gap if gap < _HALF else 0
        self._anew = False
        self.pose = pose
        self._poses += 1
        delay_ms = (arrival.at_us - pose.unix_us) / 1000
        self._delays_ms.append(delay_ms)
        self._last = self._clock()
        self._recent.append((self._last, delay_ms))

    def _take_health(self, arrival: Arrival) -> None:
        body = arrival.content
        self._report = report.read(body) if isinstance(body, dict) else None
        self._reported = None if arrival.retained else self._clock()
        self._health_bytes = len(arrival.payload)

    def _take_state(self, arrival: Arrival) -> None:
        body = arrival.content
        self._presence = presence.read_state(body) if isinstance(body, dict) else None

    def _take_event(self, arrival: Arrival) -> None:
        if isinstance(arrival.content, dict):
            self._event = presence.read_event(arrival.content)

    def _take_notice(self, arrival: Arrival) -> None:
        body = arrival.content
        self._notice = notice.read(body) if isinstance(body, dict) else None

    def _take_availability(self, arrival: Arrival) -> None:
        said = arrival.content
        self._availability = printable(said) if isinstance(said, str) else None
        if self._availability == "offline":
            self._offline.set()
        else:
            self._offline.clear()

    def numbers(self, *, connected: bool = True) -> Numbers:
        """What there is now, for who is `connected`, or is not."""
        with self._lock:
            now = self._clock()
            while self._recent and now - self._recent[0][0] > WINDOW_S:
                self._recent.popleft()
            recent = self._recent
            passed_s = recent[-1][0] - recent[0][0] if recent else 0.0
            unknown = not connected or self._availability == "offline"
            pose = None if unknown or self._anew else self.pose
            return Numbers(
                poses=self._poses,
                missing=self._missing,
                unreadable=self._unreadable,
                rate=(len(recent) - 1) / passed_s if passed_s > 0 else None,
                delay_ms=median(delay for _, delay in recent) if recent else None,
                packed_bytes=self._packed.median,
                json_bytes=self._json.median,
                health_bytes=self._health_bytes,
                availability=self._availability if connected else None,
                report=None if unknown else self._report,
                report_s=None if self._reported is None else now - self._reported,
                presence=None if unknown else self._presence,
                people=None if pose is None else len(pose.people),
                event=self._event,
                notice=None if unknown else self._notice,
                silence_s=None if self._last is None else now - self._last,
                heard_s=None if self._heard is None else now - self._heard,
                connected=connected,
            )

    def overall_delay_ms(self) -> float | None:
        """The median delay of some minutes."""
        with self._lock:
            return median(self._delays_ms) if self._delays_ms else None


class _Sizes:
    def __init__(self, most: int) -> None:
        self._newest: deque[int] = deque(maxlen=most)

    def add(self, size: int) -> None:
        self._newest.append(size)

    @property
    def median(self) -> int | None:
        return round(median(self._newest)) if self._newest else None
