"""The messages about people as a subscriber reads them: who is there, and who came or went.

Pure; any thread. Raises ValueError on anything else than such a message.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edgepose.terminal.report import printable


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is there, as `/state` says; `present` and `count` are None where it is not known."""

    present: bool | None
    count: int | None
    paused: bool
    camera: str | None


def read_state(body: dict[str, Any]) -> Presence:
    """What is in the body of `/state`."""
    present, count, paused = (body.get(name) for name in ("presence", "count", "paused"))
    known = isinstance(present, bool) and type(count) is int
    if not (known or (present is None and count is None)) or not isinstance(paused, bool):
        raise ValueError("not a state message")
    camera = body.get("camera")
    return Presence(
        present=present,
        count=count,
        paused=paused,
        camera=None if camera is None else printable(camera),
    )


def read_event(body: dict[str, Any]) -> str:
    """What is in the body of `/event`, in words: what happened to whom, when, and why."""
    kind, id_, reasons = (body.get(name) for name in ("event_type", "id", "reasons"))
    if not isinstance(kind, str) or type(id_) is not int or not isinstance(reasons, dict):
        raise ValueError("not an event message")
    found = (*_time_of_day(body), *(f"{name} {value}" for name, value in reasons.items()))
    why = ", ".join(found)
    return printable(f"{id_} {kind}" + f": {why}" * bool(why))


def _time_of_day(body: dict[str, Any]) -> tuple[str, ...]:
    """When it happened, as the clocks here show it; nothing where the device's was not set."""
    if "clock" in body or not isinstance(body.get("time"), str):
        return ()
    try:
        return (f"{datetime.fromisoformat(body['time']).astimezone():%H:%M:%S}",)
    except (OverflowError, OSError):
        raise ValueError("not an event message") from None
