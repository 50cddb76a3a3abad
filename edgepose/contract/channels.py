"""The table of topics: what each is for, who sends on it and how, and what it carries. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from edgepose.contract import kinds
from edgepose.contract.kinds import Kind
from edgepose.messages.command import NAMES, CommandName
from edgepose.mqtt import delivery
from edgepose.mqtt.delivery import Delivery
from edgepose.mqtt.topics import Topics

TOPICS: Final = Topics("{base}", "{device}", "{prefix}")


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic. `action` is edgepose's own; whoever asks for the answer tells an absent address.

    `delivery` is how edgepose sends, or how it wants to be sent to; None is not its business.
    """

    name: str
    address: str | None
    description: str
    kind: Kind
    delivery: Delivery | None
    action: Literal["send", "receive"] = "send"


_COMMANDS: Final[dict[CommandName, tuple[str, Kind]]] = {
    "pause": (
        "End the vision process: the camera is closed and its light goes out. Outlives a restart.",
        kinds.PAUSE,
    ),
    "resume": ("Open the camera again.", kinds.COMMAND),
    "reload": ("Read the config file again.", kinds.COMMAND),
    "restart-vision": ("Start the vision process anew.", kinds.COMMAND),
    "announce": (
        "Send again all that is retained. A device that connects under a name that is in use sends"
        " this itself, to see whether somebody lives there.",
        kinds.COMMAND,
    ),
    "set": (
        "Set keys of the config for this run. The reference of the config tells whose"
        " cost is live: only those.",
        kinds.SET,
    ),
}


def camel(name: str) -> str:
    """The name of a command as a part of other names."""
    return name.title().replace("-", "")


def channels() -> Iterator[Channel]:
    """Every topic, in the order in which a reader wants to meet them."""
    yield Channel(
        "availability",
        TOPICS.availability,
        "Whether the device is there. `offline` is also the will: with MQTT 5 the broker says it"
        f" {delivery.WILL_DELAY_S} s after the connection was lost, with MQTT 3.1.1 at once.",
        kinds.AVAILABILITY,
        delivery.AVAILABILITY,
    )
    yield Channel(
        "state",
        TOPICS.state,
        "Who is there, debounced. On change, and every 60 s.",
        kinds.STATE,
        delivery.STATE,
    )
    yield Channel(
        "event",
        TOPICS.event,
        "Somebody came or went. Kept while the broker is away, up to a bound, and sent afterwards"
        " with the time when it happened.",
        kinds.EVENT,
        delivery.EVENT,
    )
    yield Channel(
        "pose",
        TOPICS.pose,
        "The landmark stream as JSON; messages.formats switches it on and off. Dropped, never"
        " queued, while the broker is away.",
        kinds.POSE,
        delivery.POSE,
    )
    yield Channel(
        "posePacked",
        TOPICS.pose_packed,
        "The landmark stream as bytes, else as /pose; messages.formats switches it on and off.",
        kinds.POSE_PACKED,
        delivery.POSE,
    )
    yield Channel(
        "health",
        TOPICS.health,
        "How the device is. Every health.interval seconds, and on change of its status.",
        kinds.HEALTH,
        delivery.HEALTH,
    )
    yield Channel(
        "config",
        TOPICS.config,
        "What config runs, what is on disk, and how the last change of it went. No secrets.",
        kinds.CONFIG,
        delivery.CONFIG,
    )
    yield Channel(
        "notice",
        TOPICS.notice,
        "That the camera's pictures can be had. Said again at each one that `edgepose snapshot` is"
        " given; taken back when there are none to be had any more.",
        kinds.NOTICE,
        delivery.NOTICE,
    )
    yield from _commands()
    yield from _home_assistant()


def _home_assistant() -> Iterator[Channel]:
    yield Channel(
        "discovery",
        TOPICS.discovery,
        "What Home Assistant is told of the device, while home_assistant.discovery is on.",
        kinds.DISCOVERY,
        delivery.DISCOVERY,
    )
    yield Channel(
        "birth",
        TOPICS.birth,
        "Where Home Assistant says that it has started; the device then announces itself again.",
        kinds.BIRTH,
        None,
        "receive",
    )


def _commands() -> Iterator[Channel]:
    for name in NAMES:
        does, kind = _COMMANDS[name]
        yield Channel(
            f"command{camel(name)}",
            TOPICS.command(name),
            does,
            kind,
            delivery.COMMAND,
            "receive",
        )
    yield Channel(
        "commandResult",
        TOPICS.result("{command}"),
        "How a command went that named no response topic, as with MQTT 3.1.1.",
        kinds.RESULT,
        delivery.RESULT,
    )
    yield Channel(
        "commandReply",
        None,
        "The response topic of a command, which whoever sends it has chosen (MQTT 5).",
        kinds.RESULT,
        delivery.RESULT,
    )
