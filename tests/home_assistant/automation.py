"""As much of Home Assistant as the recipe's automations need; what they use and it does not know
is a KeyError or an AssertionError. `for` is taken as waited for.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.home_assistant.house import UNKNOWN, attributes, of, render, shown

Automation = dict[str, Any]


@dataclass(frozen=True)
class Entity:
    """A state with its attributes, and the time of it as a number."""

    state: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class House:
    """The entities that a discovery message makes, and automations that watch them."""

    components: dict[str, dict[str, Any]]
    automations: list[Automation]
    entities: dict[str, Entity] = field(default_factory=dict)
    done: list[tuple[str, Any]] = field(default_factory=list)
    """Each action with what it was about."""
    _said: dict[str, Any] = field(default_factory=dict)
    _events: int = 0

    def available(self, online: bool) -> None:
        """The device comes or goes away; what its entities knew comes back with it."""
        for component in self.components.values():
            entity_id = component["default_entity_id"]
            known = self._known(component) if online else Entity("unavailable")
            self._become(entity_id, known)

    def remove(self) -> None:
        """The device is taken away."""
        for component in self.components.values():
            self._become(component["default_entity_id"], None)

    def hear(self, topic: str, said: dict[str, Any]) -> None:
        """A message, by the end of its topic."""
        self._said[topic] = said
        self._events += topic == "event"
        for component in self.components.values():
            if of(component.get("state_topic", "")) == topic:
                self._become(component["default_entity_id"], self._known(component))

    def _known(self, component: dict[str, Any]) -> Entity:
        topic = of(component.get("state_topic", ""))
        if topic not in self._said:
            return Entity("unknown")
        rendered = shown(component, self._said) or ""
        if component["platform"] == "event":
            before = self.entities.get(component["default_entity_id"], Entity("unknown"))
            # Nothing is no event; the state of an event is its time.
            return Entity(str(self._events), json.loads(rendered)) if rendered else before
        on = component.get("state_on", component.get("payload_on"))
        off = component.get("state_off", component.get("payload_off"))
        words = {on: "on", off: "off", UNKNOWN: "unknown"}
        return Entity(words.get(rendered, rendered), attributes(component, self._said))

    def _become(self, entity_id: str, now: Entity | None) -> None:
        before = self.entities.pop(entity_id, None)
        if now is not None:
            self.entities[entity_id] = now
        if before is None or (now is not None and before.state == now.state):
            return
        for automation in self.automations:
            self._look(automation, entity_id, before, now)

    def _look(
        self, automation: Automation, entity_id: str, before: Entity, now: Entity | None
    ) -> None:
        assert set(automation) <= {"id", "alias", "mode", "triggers", "conditions", "actions"}
        for trigger in automation["triggers"]:
            if trigger["entity_id"] == entity_id and _fires(trigger, before, now):
                fired = {"id": trigger.get("id"), "from_state": before, "to_state": now}
                if all(self._holds(each, fired) for each in automation.get("conditions", [])):
                    self._do(automation["actions"], fired)

    def _holds(self, condition: dict[str, Any], trigger: dict[str, Any]) -> bool:
        if condition["condition"] == "trigger":
            return bool(condition["id"] == trigger["id"])
        assert condition.keys() == {"condition", "value_template"}
        return render(condition["value_template"], None, trigger=trigger) == "True"

    def _do(self, actions: list[dict[str, Any]], trigger: dict[str, Any]) -> None:
        for action in actions:
            if "if" in action:
                assert action.keys() == {"if", "then", "else"}
                holds = all(self._holds(each, trigger) for each in action["if"])
                self._do(action["then" if holds else "else"], trigger)
                continue
            assert action.keys() - {"action"} <= {"target", "data"}
            about = action.get("target", {}).get("entity_id")
            if "data" in action:
                about = render(action["data"]["message"], None, trigger=trigger)
            self.done.append((action["action"], about))


def _fires(trigger: dict[str, Any], before: Entity, now: Entity | None) -> bool:
    assert trigger["trigger"] == "state"
    known = {"trigger", "entity_id", "id", "for", "to", "not_from", "not_to"}
    assert trigger.keys() <= known
    state = None if now is None else now.state
    return (
        trigger.get("to", state) == state
        and trigger.get("not_from") != before.state
        and trigger.get("not_to") != state
    )
