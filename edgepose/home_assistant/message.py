"""What Home Assistant is told of a device: one message on `Topics.discovery`.

Pure. The format is that of its MQTT integration: `homeassistant/device/<id>/config`.
"""

import re
import unicodedata
from typing import Any, Final, Protocol

from edgepose.home_assistant.components import components
from edgepose.mqtt.topics import Topics

MAKER: Final = "edgepose"
MODEL: Final = "Pose sensor"


class Identity(Protocol):
    """`id` is the device's level in every topic, `name` what people call it."""

    @property
    def id(self) -> str:
        """1 to 64 letters, digits, `-` and `_`."""

    @property
    def name(self) -> str:
        """Not empty."""


def device_message(
    identity: Identity, topics: Topics, version: str, *, commands: bool, page: str | None = None
) -> dict[str, Any]:
    """The message, as JSON's own types. `version` is that of edgepose; without `commands` there
    is nothing that would send one. `page` is the address of the live page, where it is on.
    """
    unique = f"edgepose_{identity.id}"
    called = _slug(identity.name) or _slug(identity.id) or "edgepose"
    found = components(topics, commands=commands)
    for key, component in found.items():
        component["unique_id"] = f"{unique}_{key}"
        # By its name, as Home Assistant would do itself.
        component["default_entity_id"] = (
            f"{component['platform']}.{called}_{_slug(component['name'])}"
        )
        # Events and commands arrive for certain; components do not inherit it.
        component["qos"] = 1
    visit = {} if page is None else {"configuration_url": page}
    return {
        "device": {
            "identifiers": [unique],
            "name": identity.name,
            "manufacturer": MAKER,
            "model": MODEL,
            "sw_version": version,
            **visit,
        },
        "origin": {"name": MAKER, "sw_version": version},
        "availability_topic": topics.availability,
        "components": found,
    }


def _slug(name: str) -> str:
    """A name in the letters that an entity's id may hold; empty if none of it can be."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "_", plain).strip("_")
