"""One MQTT connection, from the first packet to its end. The daemon imports paho here alone.

paho runs without a thread of its own: the daemon's loop tells it when its socket can be read
or written, so its callbacks run on the loop. Connecting blocks in paho and in the resolver,
so a short-lived thread does it; nobody else touches the client meanwhile.

Connected is not delivered. The kernels of both ends and paho together swallow minutes of poses
toward a broker that has stopped, so the stream is sent against acknowledgements: see `stream`.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edgepose.mqtt.properties import of_connect, of_publish, of_will
from edgepose.mqtt.settings import Failure, Message, ProtocolVersion, SessionError, Settings
from edgepose.mqtt.window import STALLED_S, Window

KEEPALIVE_S: Final = 10
CONNECT_S: Final = 5.0
"""For TCP; and again for the CONNACK."""
SESSION_EXPIRY_S: Final = 60
WILL_DELAY_S: Final = 5
SEND_BUFFER: Final = 16384
"""SO_SNDBUF in bytes, about ten poses: what lies there can't be taken back."""
_VERSIONS: Final[dict[ProtocolVersion, MQTTProtocolVersion]] = {
    "5": MQTTProtocolVersion.MQTTv5,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
}

Receive = Callable[[str, bytes, bool], None]


class Session:
    """A connection to a broker. Everything but its connecting runs on the loop's thread.

    `lost` ends with a SessionError when the connection does. `receive` gets what comes on the
    topics that were subscribed to: topic, payload, whether the broker had retained it.
    """

    def __init__(
        self,
        settings: Settings,
        version: ProtocolVersion,
        will: Message | None,
        probe_topic: str,
        receive: Receive = lambda _topic, _payload, _retained: None,
        *,
        clean_start: bool,
        expiry_s: int = SESSION_EXPIRY_S,
    ) -> None:
        self.version = version
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._clean_start = clean_start
        self._expiry_s = expiry_s
        self._probe_topic = probe_topic
        self._receive = receive
        self._connack: asyncio.Future[None] = self._loop.create_future()
        self._unacknowledged: set[int] = set()
        self._settled = asyncio.Event()
        self.window = Window()
        self._watched: int | None = None
        self._writing = False
        self._client = self._make_client(will)

    def _make_client(self, will: Message | None) -> paho.Client:
        v5 = self.version == "5"
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            # MQTT 3.1.1 knows no expiry: a session kept there would be kept for ever.
            clean_session=None if v5 else True,
            protocol=_VERSIONS[self.version],
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_S
        if self._settings.username is not None:
            client.username_pw_set(self._settings.username, self._settings.password)
        if will is not None:
            delay = of_will(WILL_DELAY_S) if v5 else None
            client.will_set(will.topic, will.payload, will.qos, will.retain, properties=delay)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_unsubscribe = self._on_unsubscribe
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        return client

    async def open(self) -> None:
        """Connect and wait for the CONNACK. Raises SessionError."""
        connected: asyncio.Future[None] = self._loop.create_future()
        threading.Thread(
            target=self._connect, args=(connected,), name="mqtt-connect", daemon=True
        ).start()
        try:
            await connected
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise SessionError(Failure.UNREACHABLE, reason) from error
        sock = self._client.socket()
        if sock is None:
            raise SessionError(Failure.CLOSED_EARLY, "closed the connection at once")
        self._watched = sock.fileno()
        self._loop.add_reader(self._watched, self._readable)
        self._pump()
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connack
        except TimeoutError:
            self.abort("no CONNACK")
            raise SessionError(
                Failure.UNANSWERED, f"accepts connections but did not answer in {CONNECT_S:g} s"
            ) from None
        except asyncio.CancelledError:
            self.abort("cancelled")
            raise

    def _connect(self, connected: asyncio.Future[None]) -> None:
        error: Exception | None = None
        try:
            if self.version == "5":
                self._client.connect(
                    self._settings.host,
                    self._settings.port,
                    KEEPALIVE_S,
                    clean_start=self._clean_start,
                    properties=of_connect(self._expiry_s),
                )
            else:
                self._client.connect(self._settings.host, self._settings.port, KEEPALIVE_S)
        except UnicodeError:
            error = OSError("this is not the name of a host")
        except (OSError, ValueError) as e:
            error = e if isinstance(e, OSError) else OSError(str(e))
        try:
            self._loop.call_soon_threadsafe(self._connected, connected, error)
        except RuntimeError:
            # The loop is gone, and nobody else is left to close what was opened.
            sock = self._client.socket()
            if sock is not None:
                sock.close()

    def _connected(self, connected: asyncio.Future[None], error: Exception | None) -> None:
        if connected.done():
            self.abort("nobody waits for it")
        elif error is not None:
            connected.set_exception(error)
        else:
            connected.set_result(None)

    def _on_socket_open(self, _client: paho.Client, _userdata: Any, sock: Any) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(STALLED_S * 1000))

    def _on_socket_close(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        if self._watched is not None:
            self._loop.remove_reader(self._watched)
            self._loop.remove_writer(self._watched)
            self._watched = None

    def _on_connect(
        self, _client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _props: Any
    ) -> None:
        if self._connack.done():
            return
        if not code.is_failure:
            self._connack.set_result(None)
            return
        unsupported = "rotocol version" in str(code)
        failure = Failure.UNSUPPORTED_VERSION if unsupported else Failure.REFUSED
        self._connack.set_exception(SessionError(failure, f"refuses us: {str(code).lower()}"))

    def _on_disconnect(
        self, _client: paho.Client, _userdata: Any, flags: Any, code: ReasonCode, _props: Any
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._end(f"ended the connection: {str(code).lower()}")
        elif self._connack.done():
            self._end("connection lost")
        elif str(code) == "Protocol error":
            self._end("does not speak MQTT")
        else:
            self._end("closed the connection before its CONNACK")

    def _end(self, reason: str) -> None:
        self._settled.set()
        if not self._connack.done():
            self._connack.set_exception(SessionError(Failure.CLOSED_EARLY, reason))
        if not self.lost.done():
            self.lost.set_exception(SessionError(Failure.LOST, reason))
        for future in (self._connack, self.lost):
            # Seen: whoever closes on purpose does not ask for the reason.
            if not future.cancelled():
                future.exception()

    def _on_publish(
        self, _client: paho.Client, _userdata: Any, mid: int, _code: ReasonCode, _props: Any
    ) -> None:
        self._unacknowledged.discard(mid)
        if not self._unacknowledged:
            self._settled.set()

    def _on_unsubscribe(
        self, _client: paho.Client, _userdata: Any, mid: int, _codes: Any, _props: Any
    ) -> None:
        self.window.answered(mid)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: Any) -> None:
        self._receive(message.topic, message.payload, message.retain)

    def subscribe(self, topics: Sequence[str]) -> None:
        """Ask for what comes on these topics, with QoS 1."""
        if topics:
            self._client.subscribe([(topic, 1) for topic in topics])
            self._pump()

    def publish(self, message: Message) -> bool:
        """Send a message of QoS 1; `settle` waits for the acknowledgements. False where it is
        lost already."""
        info = self._send(message)
        taken = info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS
        if message.qos and taken:
            self._unacknowledged.add(info.mid)
            self._settled.clear()
        self._pump()
        return taken

    def stream(self, messages: Iterable[Message]) -> bool:
        """Send the messages of one pose, with QoS 0. False when the connection has broken.

        Behind it goes a probe, unless one is out: an UNSUBSCRIBE from a topic that we never
        subscribed to. It changes nothing and, like a ping, is answered in order (UNSUBACK), so
        the answer says that the broker has read every pose before it. paho has no public call
        for a ping, and QoS 1 would make the broker queue the stream for sleeping subscribers.
        """
        sent = [self._send(message) for message in messages]
        if any(info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS for info in sent):
            return False
        self.window.sent(sent[-1])
        if self.window.wants_probe:
            _rc, mid = self._client.unsubscribe(self._probe_topic)
            if mid is not None:
                self.window.probed(mid)
        self._pump()
        return True

    def _send(self, message: Message) -> paho.MQTTMessageInfo:
        v5 = self.version == "5"
        return self._client.publish(
            message.topic,
            message.payload,
            message.qos,
            message.retain,
            properties=of_publish(message.expiry_s, message.content_type) if v5 else None,
        )

    def tick(self) -> None:
        """Keep the connection alive, and give it up when the broker does not answer. Call it
        about once a second."""
        if self.window.stalled:
            self.abort(f"connection given up: no answer for {STALLED_S:g} s")
            return
        self._client.loop_misc()
        self._pump()

    async def settle(self, limit_s: float) -> bool:
        """Wait until every message of QoS 1 is acknowledged. False when it took too long."""
        if not self._unacknowledged:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._settled.wait()
        return not self._unacknowledged

    async def close(self, limit_s: float) -> None:
        """Say DISCONNECT, so that the will is not sent, and wait until it is written."""
        try:
            if not self.lost.done():
                self._client.disconnect()
                self._pump()
                with contextlib.suppress(TimeoutError, SessionError):
                    async with asyncio.timeout(limit_s):
                        await asyncio.shield(self.lost)
        finally:
            self.abort("closed")

    def abort(self, reason: str) -> None:
        """Drop the connection without a word to the broker, which then sends the will.

        With a reset: what still waits in this machine's send buffer is thrown away.
        """
        self._end(reason)
        sock: Any = self._client.socket()
        if sock is None:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        # paho notices the end of the stream and closes; it has no public call for this.
        while self._client.socket() is not None:
            self._client.loop_read()

    def _readable(self) -> None:
        self._client.loop_read()
        self._pump()

    def _pump(self) -> None:
        """Write what paho has to write, now if the socket takes it, else when it can."""
        if self._client.want_write() and self._watched is not None:
            self._client.loop_write()
        wants = self._watched is not None and self._client.want_write()
        if self._watched is not None and wants != self._writing:
            if wants:
                self._loop.add_writer(self._watched, self._pump)
            else:
                self._loop.remove_writer(self._watched)
        self._writing = wants
