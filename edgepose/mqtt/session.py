"""One MQTT connection, from the first packet to its end. The daemon imports paho here alone.

paho runs without a thread of its own: the daemon's loop tells it when its socket can be read
or written, so its callbacks run on the loop. Connecting blocks in paho and in the resolver,
so a short-lived thread does it; nobody else touches the client meanwhile.

Connected is not delivered. The kernels of both ends and paho together swallow minutes of poses
toward a broker that has stopped, so the stream is sent against acknowledgements: see `stream`.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edgepose.mqtt.delivery import SESSION_EXPIRY_S, WILL_DELAY_S
from edgepose.mqtt.dial import CONNECT_S, VERSIONS, dial
from edgepose.mqtt.properties import of_disconnect, of_publish, of_will
from edgepose.mqtt.pump import Pump
from edgepose.mqtt.receipts import Receipts
from edgepose.mqtt.settings import (
    Failure,
    Message,
    ProtocolVersion,
    Received,
    SessionError,
    Settings,
)
from edgepose.mqtt.tls import explain_log
from edgepose.mqtt.window import STALLED_S, Window

ANSWER_S: Final = 2.0
"""For a broker to deal with what it was sent, and to send what it keeps on our topics."""

_TAKEN_OVER: Final = 142
"""MQTT 5's reason code of a DISCONNECT: another connection has our client id now."""


class Session:
    """A connection to a broker. Everything but its connecting runs on the loop's thread.

    `lost` ends with a SessionError when the connection does. `receive` gets what comes on the
    topics that were subscribed to, `acknowledged` the id of each message of QoS 1 that the broker
    has taken. `denied`: see `Receipts`.
    """

    def __init__(
        self,
        settings: Settings,
        version: ProtocolVersion,
        will: Message | None,
        probe_topic: str,
        *,
        receive: Callable[[Received], None] = lambda _received: None,
        acknowledged: Callable[[int], None] = lambda _mid: None,
        clean_start: bool,
        expiry_s: int = SESSION_EXPIRY_S,
        denied: set[str] | None = None,
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
        self._tls_trouble: str | None = None
        self.window = Window()
        self.receipts = Receipts(acknowledged, set() if denied is None else denied)
        self._client = self._make_client(will)
        self._pump = Pump(self._client, self.abort, tls=settings.tls is not None)

    def _make_client(self, will: Message | None) -> paho.Client:
        v5 = self.version == "5"
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            # MQTT 3.1.1 knows no expiry: a session kept there would be kept for ever.
            clean_session=None if v5 else True,
            protocol=VERSIONS[self.version],
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
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        if self._settings.tls is not None:
            client.on_log = self._on_log
        return client

    async def open(self) -> None:
        """Connect and wait for the CONNACK. Raises SessionError."""
        connected: asyncio.Future[None] = self._loop.create_future()
        thread = threading.Thread(
            target=self._connect, args=(connected,), name="mqtt-connect", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            # No memory for its stack, or no more threads: that may pass.
            raise SessionError(Failure.UNREACHABLE, f"cannot be dialled: {error}") from error
        try:
            await connected
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise SessionError(Failure.UNREACHABLE, reason) from error
        if not self._pump.watch():
            if self._connack.done():
                # It ended while the CONNECT was written, and has said why.
                self._connack.result()
            raise SessionError(Failure.CLOSED_EARLY, "closed the connection at once")
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
        error: OSError | None = None
        try:
            dial(
                self._client,
                self._settings,
                self.version,
                clean_start=self._clean_start,
                expiry_s=self._expiry_s,
            )
        except OSError as e:
            error = e
        # Where nobody waits any more the loop may end before it gets to it, or is gone.
        with contextlib.suppress(RuntimeError):
            if not connected.cancelled():
                self._loop.call_soon_threadsafe(self._connected, connected, error)
                return
        # Nobody else is left to close what was opened.
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
            if code.value == _TAKEN_OVER:
                more = "; is edgepose running twice with this device.id?"
                self._end(f"gave our client id to another connection{more}")
            else:
                self._end(f"ended the connection: {str(code).lower()}")
        elif self._tls_trouble is not None:
            self._end(self._tls_trouble, Failure.REFUSED)
        elif self._connack.done():
            self._end("connection lost")
        elif str(code) == "Protocol error":
            self._end("does not speak MQTT")
        else:
            more = "" if self._settings.tls else "; if it wants TLS on this port: mqtt.tls"
            self._end(f"closed the connection before it answered{more}")

    def _on_log(self, _client: paho.Client, _userdata: Any, _level: int, text: str) -> None:
        # paho tells nowhere else what TLS said.
        self._tls_trouble = explain_log(text) or self._tls_trouble

    def _end(self, reason: str, failure: Failure | None = None) -> None:
        self.receipts.end()
        if not self._connack.done():
            self._connack.set_exception(SessionError(failure or Failure.CLOSED_EARLY, reason))
        if not self.lost.done():
            self.lost.set_exception(SessionError(failure or Failure.LOST, reason))
        for future in (self._connack, self.lost):
            # Seen: whoever closes on purpose does not ask for the reason.
            if not future.cancelled():
                future.exception()

    def _on_publish(
        self, _client: paho.Client, _userdata: Any, mid: int, code: ReasonCode, _props: Any
    ) -> None:
        self.receipts.puback(mid, code)

    def _on_subscribe(
        self, _client: paho.Client, _userdata: Any, mid: int, codes: Sequence[ReasonCode], _p: Any
    ) -> None:
        self.receipts.suback(mid, codes)

    def _on_unsubscribe(
        self, _client: paho.Client, _userdata: Any, mid: int, _codes: Any, _props: Any
    ) -> None:
        self.window.answered(mid)
        self.receipts.unsuback(mid)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: Any) -> None:
        properties = message.properties
        try:
            topic = message.topic
        except UnicodeDecodeError:
            # No topic of ours.
            return
        self._receive(
            Received(
                topic,
                message.payload,
                bool(message.retain),
                getattr(properties, "ResponseTopic", None),
                getattr(properties, "CorrelationData", None),
            )
        )

    def subscribe(self, topics: Sequence[str], *, as_published: bool = False) -> None:
        """Ask for what others publish on these topics, with QoS 1. With `as_published`, what is
        to be retained shows it also when it comes at once. MQTT 3.1.1 brings our own messages back,
        and has no such word."""
        options = SubscribeOptions(qos=1, noLocal=True, retainAsPublished=as_published)
        pairs: Any = [(topic, options if self.version == "5" else 1) for topic in topics]
        _rc, mid = self._client.subscribe(pairs)
        if mid is not None:
            self.receipts.subscribed(mid, topics)
        self._pump.write()

    async def answered(self, limit_s: float = ANSWER_S) -> bool:
        """Wait until the broker has dealt with all that was sent before. False when it took too
        long, or the connection has ended."""
        _rc, mid = self._client.unsubscribe(self._probe_topic)
        if mid is None or self.lost.done():
            return False
        answered = self.receipts.asked(mid)
        self._pump.write()
        done, _ = await asyncio.wait([answered], timeout=limit_s)
        return any(not each.cancelled() for each in done)

    def publish(self, message: Message) -> int | None:
        """Send a message of QoS 1. Its id, None where it is lost already."""
        info = self._send(message)
        taken = info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS
        if message.qos and taken:
            self.receipts.published(info.mid, message.topic)
        self._pump.write()
        return info.mid if taken else None

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
        self._pump.write()
        return True

    def _send(self, message: Message) -> paho.MQTTMessageInfo:
        v5 = self.version == "5"
        return self._client.publish(
            message.topic,
            message.payload,
            message.qos,
            message.retain,
            properties=of_publish(message) if v5 else None,
        )

    def tick(self) -> None:
        """Keep the connection alive, and give it up when the broker does not answer. Call it
        about once a second."""
        if self.window.stalled:
            self.abort(f"connection given up: no answer for {STALLED_S:g} s")
            return
        self._client.loop_misc()
        self._pump.write()

    async def close(self, limit_s: float, *, for_good: bool = False) -> None:
        """Say DISCONNECT, so that the will is not sent, and wait until it is written. With
        `for_good` the broker keeps nothing for us."""
        v5 = self.version == "5"
        try:
            if not self.lost.done():
                self._client.disconnect(properties=of_disconnect() if v5 and for_good else None)
                self._pump.write()
                with contextlib.suppress(TimeoutError, SessionError):
                    async with asyncio.timeout(limit_s):
                        await asyncio.shield(self.lost)
        finally:
            self.abort("closed")

    def abort(self, reason: str) -> None:
        """Drop the connection without a word to the broker, which then sends the will."""
        self._end(reason)
        self._pump.cut()
