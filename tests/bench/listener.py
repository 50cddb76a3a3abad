"""A subscriber for measuring: each message is handed on at once, on paho's thread.

Owns the connection. What is done with a message is the caller's; an error there ends the wait.
"""

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edgepose.errors import EX_UNAVAILABLE, UserError
from tests.harness.subscriber import leave


class Listener:
    """Subscribes to `topics` and calls `on_message(topic, payload)`, on paho's thread, until it
    gives True."""

    def __init__(self, port: int, topics: list[str], on_message: Callable[[str, bytes], bool]):
        self._on_message = on_message
        self._enough, self._ready = threading.Event(), threading.Event()
        self._error: Exception | None = None
        self._topics = [(topic, 0) for topic in topics]
        self._client = bare_client()
        self._client.on_connect = lambda client, *_: client.subscribe(self._topics)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._receive
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        if not self._ready.wait(10):
            raise UserError("the broker did not confirm a subscription", EX_UNAVAILABLE)

    def _receive(self, _client: paho.Client, _userdata: Any, message: Any) -> None:
        if self._enough.is_set():
            return
        try:
            enough = self._on_message(message.topic, message.payload)
        except Exception as error:  # noqa: BLE001 - told by `wait`, on the caller's thread
            self._error, enough = error, True
        if enough:
            self._enough.set()

    def wait(self, limit_s: float, what: Callable[[], str]) -> None:
        """Wait until `on_message` has given True. After `limit_s`, UserError says `what` did not
        come."""
        if not self._enough.wait(limit_s):
            raise UserError(f"not within {limit_s:g} s: {what()}", EX_UNAVAILABLE)
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        leave(self._client)


def bare_client() -> paho.Client:
    """A client of MQTT 5 that does not hold small packets back."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_socket_open = _on_socket_open
    return client


def _on_socket_open(_client: paho.Client, _userdata: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
