"""MQTT 5's properties of what is sent, in paho's form.

Made once for each kind of message: making and packing them anew for every pose costs more than
all else about it. Runs on the loop.
"""

from functools import cache
from typing import Final

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edgepose.mqtt.settings import Message

LARGEST_PACKET: Final = 1 << 18
"""Bytes; nothing that is meant for us comes near. In 3.1.1 there is no way to say so."""


def of_publish(message: Message) -> Properties | None:
    """What a PUBLISH carries; None where it carries nothing."""
    if message.correlation is None:
        return _of_kind(message.expiry_s, message.content_type)
    properties = Properties(PacketTypes.PUBLISH)
    properties.CorrelationData = message.correlation
    return properties


@cache
def _of_kind(expiry_s: int | None, content_type: str | None) -> Properties | None:
    if expiry_s is None and content_type is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)
    if expiry_s is not None:
        properties.MessageExpiryInterval = expiry_s
    if content_type is not None:
        properties.ContentType = content_type
    return _Packed(properties)


def of_will(delay_s: int) -> Properties:
    """What the will carries."""
    properties = Properties(PacketTypes.WILLMESSAGE)
    properties.WillDelayInterval = delay_s
    return properties


def of_connect(expiry_s: int) -> Properties:
    """What a CONNECT carries: how long the broker keeps the session of a client that is gone, and
    what is too large for us."""
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = expiry_s
    properties.MaximumPacketSize = LARGEST_PACKET
    return properties


def of_disconnect() -> Properties:
    """What a DISCONNECT carries that leaves nothing behind."""
    properties = Properties(PacketTypes.DISCONNECT)
    properties.SessionExpiryInterval = 0
    return properties


class _Packed(Properties):
    """Properties whose bytes are made once: each pose carries the same ones."""

    def __init__(self, properties: Properties) -> None:
        super().__init__(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        packed = properties.pack()
        # `Properties` lets no other name be set in the ordinary way.
        object.__setattr__(self, "pack", lambda: packed)
