"""The AsyncAPI 3 document, put together from the table of topics. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from edgepose import __version__
from edgepose.contract.channels import Channel, channels
from edgepose.contract.connection import BINDING, servers, session
from edgepose.contract.kinds import Kind
from edgepose.mqtt.topics import Topics

_ABOUT: Final = """\
A Raspberry Pi with a camera is a sensor for people. It sends numbers: a landmark stream for
programs, debounced states and events for home automation.

How to read it:

- Fields that you do not know: ignore them. A later version may say more; what this one says
  keeps its meaning as long as `v` is the same. Objects here are open for that reason.
- What is not known is null or `unknown`, never a guess and never 0.
- Order poses by `seq`, not by time: a clock may be set. Times are UTC.
- `x-unit` is the unit of a number.
- An empty message on a retained topic takes the retained one back: the device goes by another
  name now.
- With MQTT 3.1.1 there is no message expiry, content type, will delay, response topic or
  correlation data; all else is the same.
"""
_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "base": {
        "description": "mqtt.base: what all topics begin with; may have several levels.",
        "default": "edgepose",
        "examples": ["home/edgepose"],
    },
    "device": {
        "description": "device.id: one level, by default the host's name.",
        "examples": ["hallway"],
    },
    "prefix": {
        "description": "home_assistant.prefix: what Home Assistant's discovery topics begin with.",
        "default": Topics("", "").prefix,
    },
    "command": {
        "description": "The name that was asked for, be it known or not.",
        "examples": ["set"],
    },
}
_RESPONSE_TOPIC: Final = {
    "description": "MQTT 5's property Response Topic: where the answer is to go.",
    "type": "string",
    "minLength": 1,
}
_CORRELATION_DATA: Final = {
    "description": "MQTT 5's property Correlation Data: comes back in the answer as it is.",
    "type": "string",
}


def document() -> dict[str, Any]:
    """The whole document, as what YAML and JSON can hold."""
    table = list(channels())
    kinds = {each.kind.name: each.kind for each in table}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:edgepose:contract",
        "info": {
            "title": "edgepose",
            "version": __version__,
            "description": _ABOUT,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": {each.name: _channel(each) for each in table},
        "operations": dict(_operation(each) for each in table if each.address is not None),
        "components": {
            "parameters": _PARAMETERS,
            "messages": {name: _message(kind) for name, kind in kinds.items()},
            "schemas": {
                **{name: kind.schema for name, kind in kinds.items()},
                "ResponseTopic": _RESPONSE_TOPIC,
                "CorrelationData": _CORRELATION_DATA,
            },
            "serverBindings": {"session": {"mqtt": session()}},
        },
    }


def _how(channel: Channel) -> str:
    """How it is sent, in words."""
    how = channel.delivery
    if how is None:
        return ""
    if channel.action == "receive":
        return f" QoS {how.qos}; nothing is done where it is retained."
    told = [f"QoS {how.qos}", "retained" if how.retain else "not retained"]
    if how.expiry_s is not None:
        told.append(f"expires after {how.expiry_s} s")
    return f" {', '.join(told)}."


def _channel(channel: Channel) -> dict[str, Any]:
    kind = channel.kind.name
    address = channel.address
    named = [name for name in _PARAMETERS if address is not None and f"{{{name}}}" in address]
    parameters = {name: {"$ref": f"#/components/parameters/{name}"} for name in named}
    return {
        "address": address,
        "description": f"{channel.description}{_how(channel)}",
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
        **({"parameters": parameters} if parameters else {}),
    }


def _operation(channel: Channel) -> tuple[str, dict[str, Any]]:
    name = f"{channel.action}{channel.name[0].upper()}{channel.name[1:]}"
    operation: dict[str, Any] = {
        "action": channel.action,
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.kind.name}"}],
    }
    how = channel.delivery
    if how is not None:
        expiry = {} if how.expiry_s is None else {"messageExpiryInterval": how.expiry_s}
        binding = {"qos": how.qos, "retain": how.retain, **expiry, "bindingVersion": BINDING}
        operation["bindings"] = {"mqtt": binding}
    if channel.kind.role == "command":
        operation["reply"] = {
            "address": {"location": "$message.header#/responseTopic"},
            "channel": {"$ref": "#/channels/commandReply"},
            "messages": [{"$ref": "#/channels/commandReply/messages/Result"}],
        }
    return name, operation


def _message(kind: Kind) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": kind.name,
        "summary": kind.summary,
        "contentType": kind.content_type,
    }
    binding: dict[str, Any] = {"bindingVersion": BINDING}
    if kind.sent_as is not None:
        binding["contentType"] = kind.sent_as
    headers = _headers(kind)
    if headers:
        message["headers"] = {"type": "object", "properties": headers}
        message["correlationId"] = {"location": "$message.header#/correlationData"}
        # AsyncAPI's own schema of this binding cannot tell a reference from a schema.
        binding.update({name: {"type": "string"} for name in headers})
    message["payload"] = {"$ref": f"#/components/schemas/{kind.name}"}
    if len(binding) > 1:
        message["bindings"] = {"mqtt": binding}
    message["examples"] = [
        {"summary": shown, "payload": payload} for shown, payload in kind.examples.items()
    ]
    return message


def _headers(kind: Kind) -> Mapping[str, Any]:
    """The properties of MQTT 5 that a command and its answer have."""
    if kind.role == "message":
        return {}
    names = {"responseTopic": "ResponseTopic", "correlationData": "CorrelationData"}
    if kind.role == "answer":
        del names["responseTopic"]
    return {name: {"$ref": f"#/components/schemas/{schema}"} for name, schema in names.items()}
