"""The broker, and how edgepose connects to it, as AsyncAPI has it. Pure."""

from typing import Any, Final

from edgepose.contract.channels import TOPICS
from edgepose.mqtt import delivery

BINDING: Final = "0.2.0"
"""Version of AsyncAPI's binding for MQTT, which holds for MQTT 3.1.1 and 5."""


def servers() -> dict[str, Any]:
    """Where to connect."""
    variables = {"host": {"default": "localhost", "description": "mqtt.host."}}
    bindings = {"$ref": "#/components/serverBindings/session"}
    return {
        "broker": {
            "host": "{host}:1883",
            "protocol": "mqtt",
            "protocolVersion": "5",
            "description": "The owner's broker. MQTT 5, or 3.1.1 when the broker says so.",
            "variables": variables,
            "bindings": bindings,
        },
        "brokerTls": {
            "host": "{host}:8883",
            "protocol": "secure-mqtt",
            "protocolVersion": "5",
            "description": "The same with TLS: mqtt.tls.",
            "variables": variables,
            "bindings": bindings,
        },
    }


def session() -> dict[str, Any]:
    """The connection of edgepose itself, with its will."""
    return {
        "cleanSession": True,
        "lastWill": {
            "topic": TOPICS.availability,
            "qos": delivery.AVAILABILITY.qos,
            "message": delivery.OFFLINE.decode(),
            "retain": delivery.AVAILABILITY.retain,
        },
        "x-will-delay-interval": delivery.WILL_DELAY_S,
        "keepAlive": delivery.KEEPALIVE_S,
        "sessionExpiryInterval": delivery.SESSION_EXPIRY_S,
        "bindingVersion": BINDING,
    }
