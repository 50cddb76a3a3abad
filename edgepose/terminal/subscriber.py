"""A subscriber like any other: it knows the broker and the topics, and nothing of the daemon.

A thread of its own connects, again and again, and hands over what comes. Raises nothing there:
what ends the thread for good is in `failure`.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from edgepose.mqtt.dial import CONNECT_S, VERSIONS, dial
from edgepose.mqtt.settings import ProtocolVersion, Settings
from edgepose.mqtt.tls import explain_log

Take = Callable[[str, bytes, int, bool], object]
"""Gets topic, payload, Unix time of the arrival in microseconds, whether it was retained."""

_LOOP_S: Final = 0.5
_DELAYS_S: Final = (0.5, 1.0, 2.0, 5.0)
_LEAVE_S: Final = 2.0
_NOT_LET_IN: Final = ("Not authorized", "Bad user name or password")


class Subscriber:
    """Subscribes to `topics` (each with its QoS) while it is entered, for `take`.

    `begin` is called at each connection, before anything comes on it. Where a broker does not let
    us read a topic, the one that `instead` names for it is read.
    `trouble` says why there is no connection, or what is wrong with it, else None. `connected`:
    whether there is one now, `let_in`: whether there was one ever, `turned_away`: whether all that
    can be tried was tried in vain by then. `failure`: what `take` raised, which ends it all.
    """

    def __init__(
        self,
        settings: Settings,
        topics: Sequence[tuple[str, int]],
        take: Take,
        *,
        begin: Callable[[], object] = lambda: None,
        instead: Mapping[str, tuple[str, int]] = MappingProxyType({}),
    ) -> None:
        self.trouble: str | None = None
        self.connected = self.let_in = self.turned_away = False
        self.failure: BaseException | None = None
        self._settings = settings
        self._topics = list(topics)
        self._take = take
        self._begin = begin
        self._instead = instead
        self._asked: dict[int, Sequence[tuple[str, int]]] = {}
        self._stopping = threading.Event()
        self._version: ProtocolVersion = "3.1.1" if settings.version == "3.1.1" else "5"
        self._client: paho.Client | None = None
        self._connected = self._refused = self._again = False
        self._tls_trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="subscriber", daemon=True)

    def _run(self) -> None:
        failures = 0
        try:
            while not self._stopping.is_set():
                self._connected = self._refused = self._again = False
                self._tls_trouble = None
                self._one_connection()
                self.connected = False
                if self._again:
                    continue
                # Who leaves before the first connection was not turned away.
                self.turned_away = not self.let_in and not self._stopping.is_set()
                failures = 0 if self._connected else failures + 1
                self._stopping.wait(_DELAYS_S[min(failures, len(_DELAYS_S) - 1)])
        except BaseException as error:  # noqa: BLE001
            # Of any kind: whoever started us raises it.
            self.failure = error

    def _one_connection(self) -> None:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            clean_session=None if self._version == "5" else True,
            protocol=VERSIONS[self._version],
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_S
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, self._settings.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        if self._settings.tls is not None:
            client.on_log = self._on_log
        self._client = client
        try:
            dial(client, self._settings, self._version, clean_start=True, expiry_s=0)
        except OSError as error:
            self._say(_unreachable(error, tls=self._settings.tls is not None))
            return
        deadline = time.monotonic() + CONNECT_S
        while client.loop(_LOOP_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            if self._stopping.is_set():
                # Asked to stop before there was anything to disconnect.
                client.disconnect()
            answered = self._connected or self._refused
            if not answered and time.monotonic() > deadline:
                self._refused = True
                self._other_version()
                self._say(f"accepts connections but did not answer in {CONNECT_S:g} s")
                client.disconnect()

    def _on_connect(
        self, client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _props: Any
    ) -> None:
        if code.is_failure:
            self._refused = True
            if "rotocol version" in str(code):
                self._other_version()
            hint = "; look at username and password" if str(code) in _NOT_LET_IN else ""
            self._say(f"refuses us: {str(code).lower()}{hint}")
            return
        self._connected, self.let_in, self.trouble = True, True, None
        self._begin()
        self.connected = True
        self._asked.clear()
        self._ask(client, self._topics)

    def _ask(self, client: paho.Client, topics: Sequence[tuple[str, int]]) -> None:
        _, mid = client.subscribe(list(topics))
        if mid is not None:
            self._asked[mid] = topics

    def _on_subscribe(
        self, client: paho.Client, _userdata: Any, mid: int, codes: Any, _props: Any
    ) -> None:
        answers = zip(self._asked.pop(mid, ()), codes, strict=False)
        denied = [topic for (topic, _), code in answers if code.is_failure]
        if others := [self._instead[topic] for topic in denied if topic in self._instead]:
            self._ask(client, others)
        if denied := [topic for topic in denied if topic not in self._instead]:
            self._say(f"does not let us read {', '.join(denied)}")

    def _on_disconnect(
        self, _client: paho.Client, _userdata: Any, flags: Any, code: ReasonCode, _props: Any
    ) -> None:
        if self._stopping.is_set():
            return
        if flags.is_disconnect_packet_from_server:
            self._say(f"ended the connection: {str(code).lower()}")
        elif self._tls_trouble is not None:
            self._say(self._tls_trouble)
        elif self._connected:
            self._say("connection lost")
        elif not self._refused:
            # Some brokers answer a version that they do not know by silence or by hanging up.
            self._other_version()
            if str(code) == "Protocol error":
                self._say("does not speak MQTT on this port")
            else:
                self._say(f"closed the connection at once; {self._guess()}")

    def _guess(self) -> str:
        """Why a broker hangs up, most likely: TLS's own word often comes too late."""
        tls = self._settings.tls
        if tls is None:
            return "does it want TLS on this port?"
        if tls.certfile is None:
            return "does it want a certificate, mqtt.certfile?"
        return "does it accept the certificate in mqtt.certfile?"

    def _other_version(self) -> None:
        if self._settings.version == "auto":
            self._again = self._version == "5"
            self._version = "3.1.1" if self._again else "5"

    def _on_log(self, _client: paho.Client, _userdata: Any, _level: int, text: str) -> None:
        # The only place where paho tells why an encrypted connection has ended.
        self._tls_trouble = explain_log(text) or self._tls_trouble

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        self._take(topic, bytes(message.payload), time.time_ns() // 1000, message.retain)

    def _say(self, what: str) -> None:
        self.trouble = f"broker {self._settings.broker}: {what}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._stopping.set()
        if self._client is not None:
            self._client.disconnect()
        # It may be in the resolver, or in a write to somebody who does not read.
        self._thread.join(_LEAVE_S)


def _unreachable(error: OSError, *, tls: bool) -> str:
    """What it means for a person that a connection could not be opened."""
    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error, socket.gaierror):
        return f"no host is found under this name ({reason.lower()})"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nothing listens on this port there; does the broker run?"
    if isinstance(error, ConnectionResetError):
        return f"ended the connection{'; does it speak TLS on this port?' if tls else ''}"
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_S:g} s"
    return reason
