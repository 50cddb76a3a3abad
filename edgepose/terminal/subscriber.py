"""A subscriber like any other: it knows the broker and the topics, and nothing of the daemon.

paho runs on a thread of its own, connects again by itself, and calls the inbox there. Subscribes
with QoS 0, to exact topics.
"""

from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edgepose.terminal.inbox import Inbox


class Subscriber:
    """Fills `inbox` from its start to its end."""

    def __init__(self, host: str, port: int, inbox: Inbox) -> None:
        self._inbox = inbox
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311
        )
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect_async(host, port)

    def _on_connect(
        self, client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _props: Any
    ) -> None:
        if not code.is_failure:
            client.subscribe([(topic, 0) for topic in self._inbox.topics])

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        self._inbox.take(message.topic, message.payload)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
