"""What arrives as JSON Lines on a file descriptor: for pipes.

Runs on the thread that hands the messages over; a write waits for whoever reads. Raises
BrokenPipeError where nobody reads any more, and UserError where it cannot be written.
"""

import json
import os
import select
from collections.abc import Collection
from typing import Any

from edgepose.errors import UserError
from edgepose.messages import json_format
from edgepose.messages.pose import Pose
from edgepose.terminal.arrival import KINDS, Arrival, Kind


class JsonLines:
    """One object a line: `received_us` (Unix time), `device`, `kind`, `retained`, `message`.

    A pose is told once, as `/pose` has it, whatever format it came in. An empty message, which
    takes a retained one back, is null. Of what cannot be read there is `error` in its place.
    """

    def __init__(self, file: int, only: Collection[Kind] = KINDS) -> None:
        self._file = file
        self._only = frozenset(only)

    def take(self, arrival: Arrival) -> None:
        """Write a message."""
        if arrival.again or arrival.kind not in self._only:
            return
        # Without the system's buffer around it: a line is there at once, and whole.
        data = memoryview(_line(arrival))
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise UserError(f"what comes cannot be written: {error.strerror}") from None

    def gone(self) -> bool:
        """Whether nobody reads any more, as after `| head`."""
        poll = select.poll()
        poll.register(self._file, 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))


def _line(arrival: Arrival) -> bytes:
    head: dict[str, Any] = {
        "received_us": arrival.at_us,
        "device": arrival.device,
        "kind": arrival.kind,
        "retained": arrival.retained,
    }
    content = arrival.content
    if arrival.error is not None:
        return _dump({**head, "error": arrival.error})
    if isinstance(content, Pose):
        return _dump(head)[:-2] + b',"message":' + json_format.encode(content) + b"}\n"
    try:
        return _dump({**head, "message": content})
    except RecursionError:
        return _dump({**head, "error": "not JSON: too deep"})


def _dump(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"
