"""What config/asyncapi.yaml, the contract with subscribers, says of the topics edgepose sends on.

The published schemas are open, so that a later version may say more. Here they are closed: what a
daemon says and the contract does not know is a fault.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft7Validator, FormatChecker

FILE: Final = Path(__file__).resolve().parents[2] / "config" / "asyncapi.yaml"
_FORMATS: Final = FormatChecker(())
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic that edgepose sends on, as the document has it. `sent_as`: MQTT 5's content type."""

    name: str
    topic: re.Pattern[str] | None
    validator: Draft7Validator
    content_type: str
    sent_as: str | None
    qos: int
    retain: bool
    expiry_s: int | None


@_FORMATS.checks("date-time")
def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return _TIME.fullmatch(value) is not None


@cache
def document() -> dict[str, Any]:
    """The document in the checkout."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parsed: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), Loader=loader)
    return parsed


def resolve(value: dict[str, Any]) -> dict[str, Any]:
    """What a reference in the document stands for; anything else stands for itself."""
    while "$ref" in value:
        found: Any = document()
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def closed(schema: Any) -> Any:
    """A schema that allows no field that it does not name, where it names any."""
    if not isinstance(schema, dict):
        return [closed(each) for each in schema] if isinstance(schema, list) else schema
    schema = dict(schema)
    if "properties" in schema:
        schema["properties"] = {name: closed(each) for name, each in schema["properties"].items()}
        schema.setdefault("additionalProperties", False)
    for word in ("items", "additionalProperties"):
        if word in schema:
            schema[word] = closed(schema[word])
    return schema


def validator(message: dict[str, Any]) -> Draft7Validator:
    """For the payloads of one message of the document, with all its objects closed."""
    return Draft7Validator(closed(resolve(message["payload"])), format_checker=_FORMATS)


@cache
def channels() -> tuple[Channel, ...]:
    """All topics that edgepose sends on; those that say more of their name stand first."""
    sent = [each for each in document()["operations"].values() if each["action"] == "send"]
    found = [_channel(each["channel"]["$ref"], each["bindings"]["mqtt"]) for each in sent]
    # homeassistant/device/edgepose_x/config would also be the config of an edgepose_x.
    return tuple(sorted(found, key=lambda each: -len(each.topic.pattern if each.topic else "")))


@cache
def reply_channel() -> Channel:
    """Where the answers to commands go that name a topic for them: as the others."""
    result = document()["operations"]["sendCommandResult"]["bindings"]["mqtt"]
    return _channel("#/channels/commandReply", result)


def channel_of(topic: str) -> Channel:
    """The channel that a topic belongs to. Raises AssertionError where there is none."""
    for channel in channels():
        if channel.topic is not None and channel.topic.fullmatch(topic):
            return channel
    raise AssertionError(f"{topic}: the contract knows no such topic to be sent on")


def _channel(reference: str, how: dict[str, Any]) -> Channel:
    declared = resolve({"$ref": reference})
    (message,) = (resolve(each) for each in declared["messages"].values())
    address = declared["address"]
    return Channel(
        name=reference.rpartition("/")[2],
        topic=None if address is None else _pattern(address),
        validator=validator(message),
        content_type=message["contentType"],
        sent_as=message.get("bindings", {}).get("mqtt", {}).get("contentType"),
        qos=how["qos"],
        retain=how["retain"],
        expiry_s=how.get("messageExpiryInterval"),
    )


def _pattern(address: str) -> re.Pattern[str]:
    """What the topics of an address look like; base and prefix may have several levels."""
    steps = re.split(r"\{(\w+)\}", address)
    several = {"base", "prefix"}
    return re.compile(
        "".join(
            re.escape(step) if i % 2 == 0 else ".+" if step in several else "[^/]+"
            for i, step in enumerate(steps)
        )
    )
