"""How each kind of message is sent: QoS, retained or not, how long it is good for; and the will.

Said here once, for the code that sends and for the contract that subscribers read. Pure.
"""

from dataclasses import dataclass
from typing import Final, Literal

from edgepose.mqtt.settings import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one kind of message is sent. `expiry_s` is MQTT 5's and left out in 3.1.1."""

    qos: Literal[0, 1]
    retain: bool = False
    expiry_s: int | None = None

    def message(self, topic: str, payload: bytes, content_type: str | None = None) -> Message:
        """A message of this kind."""
        return Message(topic, payload, self.qos, self.retain, self.expiry_s, content_type)


_REPORT: Final = Delivery(qos=1, retain=True)
"""What a subscriber who comes late finds: the newest one."""

AVAILABILITY: Final = _REPORT
STATE: Final = _REPORT
HEALTH: Final = _REPORT
CONFIG: Final = _REPORT
NOTICE: Final = _REPORT
DISCOVERY: Final = _REPORT
EVENT: Final = Delivery(qos=1)
COMMAND: Final = Delivery(qos=1)
RESULT: Final = Delivery(qos=1)
POSE: Final = Delivery(qos=0, expiry_s=3)
"""Dropped, never queued: a pose that is older is of no use to anybody."""

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
"""Our own last word on the availability topic, and the will."""
WILL_DELAY_S: Final = 5
"""MQTT 5: how long the broker waits with the will for us to come back."""
KEEPALIVE_S: Final = 10
SESSION_EXPIRY_S: Final = 60
"""MQTT 5: how long the broker keeps the session of a client that is gone."""
