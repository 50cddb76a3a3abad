"""The entities of a device in Home Assistant, by the key that each is known by there.

What an idle device says must change nothing there: each change is a row in its database. So
numbers are rounded (`templates.py`), and nothing of a single frame is among them. A key never
moves to another platform: Home Assistant would keep the old entity. Pure.
"""

from collections.abc import Iterator
from typing import Any, Final, get_args

from edgepose.home_assistant import templates
from edgepose.messages.happening import EventType
from edgepose.messages.report import Status
from edgepose.messages.state import Camera
from edgepose.mqtt.topics import Topics

Component = dict[str, Any]

CAMERA_PROBLEMS: Final[tuple[Camera, ...]] = ("missing", "stalled", "frozen", "covered")
CAMERA_FINE: Final[tuple[Camera, ...]] = ("ok", "dark", "off")
"""It is dark every night, and off when somebody paused it: nobody should be called for that."""
LOST: Final = (
    "refused",
    "engine_lost",
    "link_full",
    "crashed",
    "stale",
    "backpressure",
    "offline",
)
"""Counters of frames that should have become a pose. `paced` and `unchanged` are meant to be, and
`busy` is every frame that a camera gives above what the engine can do: normal, and many."""


def components(topics: Topics, *, commands: bool) -> dict[str, Component]:
    """All of them; without `commands` those that only ask for something are left out."""
    found = dict(_of_people(topics))
    if commands:
        found |= _of_commands(topics)
    return found | dict(_of_device(topics)) | dict(_of_numbers(topics))


def _of_people(topics: Topics) -> Iterator[tuple[str, Component]]:
    yield (
        "presence",
        {
            "platform": "binary_sensor",
            "name": "Presence",
            "device_class": "occupancy",
            "state_topic": topics.state,
            "value_template": templates.value("presence"),
            "payload_on": "True",
            "payload_off": "False",
        },
    )
    yield (
        "people",
        {
            "platform": "sensor",
            "name": "People",
            "icon": "mdi:account-group",
            "state_class": "measurement",
            "suggested_display_precision": 0,
            "state_topic": topics.state,
            "value_template": templates.value("count"),
        },
    )
    yield (
        "activity",
        {
            "platform": "event",
            "name": "Activity",
            "icon": "mdi:walk",
            "event_types": list(get_args(EventType)),
            "state_topic": topics.event,
            "value_template": templates.EVENT,
        },
    )


def _of_commands(topics: Topics) -> dict[str, Component]:
    return {
        "detection": {
            "platform": "switch",
            "name": "Detection",
            "icon": "mdi:eye",
            "command_topic": topics.command("pause"),
            "payload_on": '{"paused":false}',
            "payload_off": '{"paused":true}',
            "state_topic": topics.state,
            "value_template": templates.value("paused"),
            "state_on": "False",
            "state_off": "True",
        },
        "restart_vision": {
            "platform": "button",
            "name": "Restart vision",
            "device_class": "restart",
            "entity_category": "config",
            "command_topic": topics.command("restart-vision"),
            "payload_press": "",
        },
    }


def _of_device(topics: Topics) -> Iterator[tuple[str, Component]]:
    yield (
        "camera_problem",
        {
            "platform": "binary_sensor",
            "name": "Camera problem",
            "device_class": "problem",
            "entity_category": "diagnostic",
            "state_topic": topics.state,
            "value_template": templates.chosen("camera", CAMERA_PROBLEMS, CAMERA_FINE),
            "payload_on": "on",
            "payload_off": "off",
            "json_attributes_topic": topics.state,
            "json_attributes_template": templates.attributes(camera="camera"),
        },
    )
    yield (
        "camera_picture",
        {
            "platform": "binary_sensor",
            "name": "Camera picture shared",
            "icon": "mdi:cctv",
            "entity_category": "diagnostic",
            "state_topic": topics.health,
            "value_template": templates.any_of("camera_picture"),
            "payload_on": "on",
            "payload_off": "off",
            "json_attributes_topic": topics.health,
            "json_attributes_template": templates.attributes(by="camera_picture"),
        },
    )
    yield (
        "status",
        {
            "platform": "sensor",
            "name": "Status",
            "icon": "mdi:heart-pulse",
            "device_class": "enum",
            "options": list(get_args(Status)),
            "entity_category": "diagnostic",
            "state_topic": topics.health,
            "value_template": templates.value("status"),
            "json_attributes_topic": topics.health,
            "json_attributes_template": templates.attributes(why="why"),
        },
    )


def _of_numbers(topics: Topics) -> Iterator[tuple[str, Component]]:
    """For who asks for them: Home Assistant keeps them disabled until somebody enables one."""
    fps: Component = {"unit_of_measurement": "fps", "state_class": "measurement"}
    megabytes: Component = {
        "unit_of_measurement": "MB",
        "device_class": "data_size",
        "state_class": "measurement",
        "icon": "mdi:memory",
    }
    ever_more: Component = {"state_class": "total_increasing"}
    numbers: list[tuple[str, str, str, Component]] = [
        ("camera_rate", "Camera rate", templates.rounded("rate.camera"), fps),
        ("pose_rate", "Pose rate", templates.rounded("rate.pose"), fps),
        (
            "delay",
            "Delay",
            templates.rounded("latency_ms.p50", 10),
            {
                "unit_of_measurement": "ms",
                "device_class": "duration",
                "state_class": "measurement",
            },
        ),
        (
            "lost_frames",
            "Lost frames",
            templates.summed("counters", LOST),
            {"icon": "mdi:image-broken-variant", "unit_of_measurement": "frames", **ever_more},
        ),
        (
            "temperature",
            "Processor temperature",
            templates.rounded("temperature_c", 5),
            {
                "unit_of_measurement": "°C",
                "device_class": "temperature",
                "state_class": "measurement",
            },
        ),
        ("memory_daemon", "Daemon memory", templates.rounded("memory_mb.daemon", 10), megabytes),
        ("memory_vision", "Vision memory", templates.rounded("memory_mb.vision", 10), megabytes),
        (
            "vision_restarts",
            "Vision restarts",
            templates.rounded("restarts.vision"),
            {"icon": "mdi:restart-alert", **ever_more},
        ),
    ]
    for key, name, template, more in numbers:
        yield key, _diagnostic(topics, name, template, {"suggested_display_precision": 0, **more})
    yield (
        "version",
        _diagnostic(
            topics, "Version", templates.value("versions.edgepose"), {"icon": "mdi:tag-outline"}
        ),
    )


def _diagnostic(topics: Topics, name: str, template: str, more: Component) -> Component:
    return {
        "platform": "sensor",
        "name": name,
        "entity_category": "diagnostic",
        "enabled_by_default": False,
        "state_topic": topics.health,
        "value_template": template,
        **more,
    }
