"""The notice as a subscriber reads it: that the camera's pictures can be had.

Pure; any thread. `read` raises ValueError on anything else than such a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgepose.terminal.report import printable


@dataclass(frozen=True, slots=True)
class Notice:
    """By what the camera's pictures can be had, and how many `edgepose snapshot` was given."""

    ways: tuple[str, ...]
    snapshots: int


def read(body: Mapping[str, Any]) -> Notice:
    """What is in the body of `/notice`."""
    ways, snapshots = body.get("camera_picture"), body.get("snapshots")
    if not isinstance(ways, list) or not ways or type(snapshots) is not int:
        raise ValueError("not a notice")
    return Notice(tuple(map(printable, ways)), snapshots)
