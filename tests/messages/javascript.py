"""The decoders in JavaScript, asked from Python: many messages, one Node."""

import hashlib
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from edgepose.messages import POSTURES, SETS, Pose
from tests.harness.node import Node

DECODERS: Final = Path(__file__).resolve().parents[2] / "config" / "edgepose-messages.js"
_SCRIPT: Final = Path(__file__).with_name("decode.js")
_KINDS: Final = ("packed", "json")


def show(node: Node, messages: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """What comes out of each message, `packed` or `json`: a `pose`, or why it is `refused`."""
    return [json.loads(line) for line in _run(node, "show", messages)]


def digests(node: Node, messages: Iterable[tuple[str, bytes]]) -> list[str | None]:
    """The `digest` of what comes out of each message; None where it is refused."""
    return [None if line == "-" else line for line in _run(node, "digest", messages)]


def digest(pose: Pose) -> str:
    """All numbers of a pose in one word: equal where each bit is."""
    flags = (pose.clock_unset, pose.mirrored, pose.first)
    sets = [*SETS]
    numbers = [pose.seq, pose.frame, pose.unix_us, pose.latency_ms, *pose.size]
    numbers += [sets.index(pose.set), *flags, len(pose.people)]
    for person in pose.people:
        numbers += [person.id, person.confidence, POSTURES.index(person.posture)]
        for rows in (person.landmarks, person.world):
            numbers.append(len(rows))
            for row in rows:
                numbers += row
    return hashlib.sha1(struct.pack(f"<{len(numbers)}d", *numbers)).hexdigest()[:20]


def _run(node: Node, mode: str, messages: Iterable[tuple[str, bytes]]) -> list[str]:
    sent = bytearray()
    count = 0
    for kind, data in messages:
        sent += struct.pack("<BI", _KINDS.index(kind), len(data)) + data
        count += 1
    lines = node.run(_SCRIPT, DECODERS, mode, stdin=bytes(sent)).splitlines()
    assert len(lines) == count
    return lines
