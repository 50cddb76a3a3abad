"""Whether what a daemon sends is what config/asyncapi.yaml, the contract with subscribers, says."""

import json
import re
from collections import Counter
from collections.abc import Collection
from typing import Any, Final, NoReturn

from paho.mqtt.properties import Properties

from edgepose.messages import json_format, packed
from tests.harness.published import Channel, channel_of, reply_channel

EVERY: Final = 20
"""Of poses that look alike, one in so many is held against the whole schema: that takes more than
a millisecond, and the decoder, which looks at each, a tenth of that."""

_COMMAND: Final = re.compile(r".+/[^/]+/command/[^/]+")


class Checker:
    """Checks the messages of one subscriber.

    `asked_qos` is the QoS that it subscribed with: it gets none above. `as_published` is MQTT 5's
    Retain As Published; without, retained messages show it only where they waited for the
    subscriber. `replies` are the response topics that it has told.
    """

    def __init__(
        self, asked_qos: int = 0, *, as_published: bool = False, replies: Collection[str] = ()
    ) -> None:
        self._asked_qos = asked_qos
        self._as_published = as_published
        self._replies = replies
        self._alike: Counter[Any] = Counter()

    def check(
        self, topic: str, payload: bytes, retain: bool, qos: int, properties: Properties | None
    ) -> None:
        """Raise AssertionError, which says where and what, unless the message keeps the contract.

        `properties` are MQTT 5's, None with 3.1.1. Commands are not looked at: they are other
        people's, and tests send bad ones on purpose.
        """
        if topic not in self._replies and _COMMAND.fullmatch(topic):
            return
        channel = reply_channel() if topic in self._replies else channel_of(topic)
        where = f"{topic} ({channel.name})"
        expected = min(channel.qos, self._asked_qos)
        assert qos == expected, f"{where}: QoS {qos}, not {expected}"
        if retain:
            assert channel.retain, f"{where}: was retained"
        elif self._as_published:
            assert not channel.retain, f"{where}: was not retained"
        if channel.retain and not payload:
            # Takes back what was retained.
            return
        if properties is not None:
            _check_properties(where, channel, properties)
        if channel.name == "pose":
            self._check_pose(where, channel, payload)
        else:
            _check_payload(where, channel, payload)

    def _check_pose(self, where: str, channel: Channel, payload: bytes) -> None:
        try:
            json_format.decode(payload)
            body = json.loads(payload)
        except ValueError as error:
            raise AssertionError(f"{where}: {error}") from None
        look = (*body, *(name for person in body["people"] for name in person))
        if self._alike[look] % EVERY == 0:
            _check_value(where, channel, body)
        self._alike[look] += 1


def _check_properties(where: str, channel: Channel, properties: Properties) -> None:
    told = properties.json()
    sent_as = told.get("ContentType")
    assert sent_as == channel.sent_as, f"{where}: content type {sent_as}, not {channel.sent_as}"
    expiry = told.get("MessageExpiryInterval")
    if channel.expiry_s is None:
        assert expiry is None, f"{where}: message expiry {expiry}, not none"
    else:
        # A broker tells what is left of it.
        fits = expiry is not None and 0 <= expiry <= channel.expiry_s
        assert fits, f"{where}: message expiry {expiry}, not {channel.expiry_s} at most"


def _check_payload(where: str, channel: Channel, payload: bytes) -> None:
    try:
        if channel.content_type == packed.CONTENT_TYPE:
            packed.decode(payload)
            return
        text = payload.decode("utf-8")
        is_json = channel.content_type == json_format.CONTENT_TYPE
        value = json.loads(text, parse_constant=_refuse) if is_json else text
    except ValueError as error:
        raise AssertionError(f"{where}: {error}: {payload[:200]!r}") from None
    _check_value(where, channel, value)


def _check_value(where: str, channel: Channel, value: Any) -> None:
    for error in channel.validator.iter_errors(value):
        raise AssertionError(f"{where}: {error.json_path}: {error.message[:500]}")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")
