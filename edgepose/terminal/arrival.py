"""Messages as they arrive, sorted by device and kind, and read.

A pose that a device publishes in both formats is one pose: what comes of it second is marked
`again`. Knows topics and payloads, no broker. Pure but for what it remembers of each device; used
by one thread. Raises nothing: what cannot be read is marked as well.
"""

import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn, get_args

from edgepose.messages import json_format, packed
from edgepose.messages.pose import DecodeError, Pose
from edgepose.mqtt.topics import Topics

Kind = Literal["pose", "state", "event", "health", "config", "notice", "availability"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MOST_DEVICES: Final = 500
"""What anybody may write to must not fill the memory."""
LONGEST_NAME: Final = 128
LARGEST: Final = 65536
"""Bytes of a message that is read; no message of edgepose is half as large."""
_BOTH_US: Final = 2_000_000
"""A device that published packed poses so lately does so still."""
_LONGEST_NUMBER: Final = 20
"""Digits of a whole number: those of the largest u64."""

Content = Pose | dict[str, Any] | str
"""A pose, a JSON object, or availability's word."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message of one device.

    `at_us`: Unix time of the arrival. `content` is None where the message is empty, which takes a
    retained one back, where it is `again`, and where it cannot be read: `error` then says why.
    """

    device: str
    kind: Kind
    payload: bytes
    at_us: int
    packed: bool = False
    retained: bool = False
    content: Content | None = None
    error: str | None = None
    again: bool = False


class _Stream:
    """What is remembered of a device's poses: the newest, and when a packed one came."""

    __slots__ = ("newest", "packed_us")

    def __init__(self) -> None:
        self.newest: tuple[int, int] | None = None
        self.packed_us: int | None = None


class Sorter:
    """Sorts what comes under `base`; of `device` alone, where it is named.

    `crowded`: there are more devices than `MOST_DEVICES`; those that came last are left out.
    """

    def __init__(self, base: str, device: str | None = None) -> None:
        self.crowded = False
        self._prefix = f"{base}/"
        self._only = device
        self._streams: dict[str, _Stream] = {}

    def sort(
        self, topic: str, payload: bytes, at_us: int, retained: bool = False
    ) -> Arrival | None:
        """The arrival; None where the topic is none of a device's."""
        device, _, rest = topic.removeprefix(self._prefix).partition("/")
        is_packed = rest == "pose/packed"
        kind = next((each for each in KINDS if each == rest), "pose" if is_packed else None)
        if kind is None or not topic.startswith(self._prefix) or not self._known(device):
            return None
        if kind == "pose":
            return self._pose(device, payload, is_packed, at_us, retained)
        if kind == "availability" and not payload:
            # The device has left this name for good.
            del self._streams[device]
        return read(Arrival(device, kind, payload, at_us, retained=retained))

    def _known(self, device: str) -> bool:
        if device in self._streams:
            return True
        if not 0 < len(device) <= LONGEST_NAME or self._only not in (None, device):
            return False
        if len(self._streams) >= MOST_DEVICES:
            self.crowded = True
            return False
        self._streams[device] = _Stream()
        return True

    def _pose(
        self, device: str, payload: bytes, is_packed: bool, at_us: int, retained: bool
    ) -> Arrival:
        stream = self._streams[device]
        if is_packed:
            stream.packed_us = at_us
        elif stream.packed_us is not None and abs(at_us - stream.packed_us) < _BOTH_US:
            return Arrival(device, "pose", payload, at_us, retained=retained, again=True)
        found = read(Arrival(device, "pose", payload, at_us, is_packed, retained))
        if isinstance(found.content, Pose):
            newest = found.content.seq, found.content.unix_us
            if stream.newest == newest:
                return Arrival(device, "pose", payload, at_us, is_packed, retained, again=True)
            stream.newest = newest
        return found


def subscriptions(
    base: str, device: str | None, kinds: Collection[Kind] = KINDS
) -> list[tuple[str, int]]:
    """Topics and QoS for these kinds: of every device under `base`, else of the one."""
    topics = Topics(base, "+" if device is None else device)
    of_kind = {
        "pose": [(topics.pose_packed, 0), (topics.pose, 0)],
        "state": [(topics.state, 1)],
        "event": [(topics.event, 1)],
        "health": [(topics.health, 1)],
        "config": [(topics.config, 1)],
        "notice": [(topics.notice, 1)],
        "availability": [(topics.availability, 1)],
    }
    return [topic for kind in KINDS if kind in kinds for topic in of_kind[kind]]


def read(arrival: Arrival) -> Arrival:
    """The same with what its payload says, or with what is wrong with it."""
    content: Content | None = None
    error = None
    try:
        content = _content(arrival)
    except (ValueError, RecursionError) as problem:
        error = str(problem) if isinstance(problem, DecodeError) else f"not JSON: {problem}"
    return Arrival(
        arrival.device,
        arrival.kind,
        arrival.payload,
        arrival.at_us,
        arrival.packed,
        arrival.retained,
        content,
        error,
    )


def _content(arrival: Arrival) -> Content | None:
    payload = arrival.payload
    if len(payload) > LARGEST:
        raise DecodeError(f"{len(payload)} bytes, no message has more than {LARGEST}")
    if arrival.kind == "pose":
        return packed.decode(payload) if arrival.packed else json_format.decode(payload)
    if not payload:
        return None
    if arrival.kind == "availability":
        return payload.decode(errors="replace")
    return parse(payload)


def parse(payload: bytes) -> dict[str, Any]:
    """A JSON object whose numbers are ones that anybody can take. Raises ValueError and
    RecursionError."""
    body: Any = json.loads(
        payload, parse_int=_whole, parse_float=_finite, parse_constant=_refuse_constant
    )
    if not isinstance(body, dict):
        raise DecodeError("not a JSON object")
    return body


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise DecodeError(f"a number of {len(text)} digits")
    return int(text)


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise DecodeError("a number that is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise DecodeError(f"{name} is not a number")
