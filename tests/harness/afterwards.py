"""What must be so after an outage, whatever it was."""

import json
from pathlib import Path
from typing import Any, Final

from edgepose.mqtt.topics import Topics
from edgepose.mqtt.window import HOLD_S, MAX_UNSENT
from edgepose.service.clock import unix_us
from tests.harness.books import assert_likely, assert_received
from tests.harness.daemon import DEVICE
from tests.harness.subscriber import Subscriber

TOPICS: Final = Topics("edgepose", DEVICE)
BACK_S: Final = 40.0
"""For all to be as it was: an outage is noticed within 20 s, and tried again every 4."""
FRESH_S: Final = 5.0
"""A pose that is older when it comes is of no use; they expire after 3."""


def lost_at_most(rate: float, outages: int) -> int:
    """How many poses may be sent into ways that are broken, and reach nobody."""
    # A probe is answered, the next one is sent, and is overdue; paho and TCP hold some more.
    return outages * (int(rate * 2 * HOLD_S) + MAX_UNSENT)


def healths_of(stranger: Subscriber, device: str = DEVICE) -> list[dict[str, Any]]:
    """What the daemon that was the last to speak for a device has told of its health."""
    said = [json.loads(m.payload) for m in stranger.on(f"{device}/health") if m.payload]
    return [each for each in said if each["run"] == said[-1]["run"]]


def assert_adds_up(
    stranger: Subscriber, log: str, device: str = DEVICE, *, lost: int = 0
) -> dict[str, int]:
    """Hold the books of a device that has said `offline` to what a stranger, there all the time,
    has counted, but for so many poses `lost` on the way. `log`: what its daemon wrote. The last
    counters."""
    counters = assert_likely(healths_of(stranger, device), log)
    assert_received(counters, stranger.numbers(device), lost)
    return counters


def retained(port: int) -> dict[str, bytes]:
    """What the broker keeps of the device, without what the damage has left there."""
    with Subscriber(port, lawless=True) as late:
        late.ask()
        return {m.topic: m.payload for m in late.messages if m.retain}


def is_whole(port: int) -> bool:
    """Whether a subscriber who comes only now finds the device online, with all that it says."""
    found = retained(port)
    if not set(TOPICS.retained) - {TOPICS.discovery, TOPICS.notice} <= set(found):
        return False
    try:
        bodies = [json.loads(found[t]) for t in (TOPICS.state, TOPICS.health, TOPICS.config)]
    except ValueError:
        # Damaged on its way; it is to be said anew.
        return False
    return found[TOPICS.availability] == b"online" and bodies[0].get("presence") is True


def health_of(port: int) -> dict[str, Any]:
    """The health that the broker keeps."""
    body: dict[str, Any] = json.loads(retained(port)[TOPICS.health])
    return body


def ages_s(stranger: Subscriber, first: int = 0) -> list[float]:
    """How old the poses were when they came, from one on, in seconds."""
    return [
        (unix_us(message.at_ns) - json.loads(message.payload)["unix_us"]) / 1e6
        for message in stranger.on("/pose")[first:]
    ]


def memory_kb(pid: int) -> int:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
