"""Home Assistant's side of a template, as its MQTT integration does it, without the rest of it."""

import json
import logging
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.home_assistant.made import TOPICS

log = logging.getLogger(__name__)
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=jinja2.make_logging_undefined(log))
UNKNOWN = "None"
"""What its entities take for unknown."""


def render(template: str, said: Any, **more: Any) -> str:
    """What a template makes of a message, and of `more`. What is not there is logged, as it is
    there.
    """
    value = json.dumps(said)
    return _ENVIRONMENT.from_string(template).render(value=value, value_json=said, **more).strip()


def shown(component: dict[str, Any], said: dict[str, dict[str, Any]]) -> str | None:
    """What an entity makes of the newest message of each topic, by the end of its name."""
    if "state_topic" not in component:
        return None
    return render(component["value_template"], said[of(component["state_topic"])])


def attributes(component: dict[str, Any], said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The attributes that it makes of them."""
    if "json_attributes_topic" not in component:
        return {}
    newest = said[of(component["json_attributes_topic"])]
    found: dict[str, Any] = json.loads(render(component["json_attributes_template"], newest))
    return found


def of(topic: str) -> str:
    """The end of a topic's name."""
    return topic.removeprefix(f"{TOPICS.root}/")
