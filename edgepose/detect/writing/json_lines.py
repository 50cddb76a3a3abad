"""JSON Lines on a file descriptor: one object for each picture, and one for each file refused.

A picture's object is a message of `/pose` (`edgepose.messages.json_format`) with `file` and, in a
film, `timestamp_ms`. `seq` counts the lines of pictures, `frame` the pictures of the file,
`latency_ms` is how long the engine took; there is no wall clock in a file, so `unix_us` is 0 and
`clock` unset. Raises BrokenPipeError where nobody reads any more, and UserError.
"""

import json
import os
from dataclasses import replace
from typing import Any

from edgepose.detect.reading.inputs import Input
from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen
from edgepose.errors import EX_IOERR, UserError
from edgepose.messages import json_format
from edgepose.messages.pose import Pose


class JsonLines:
    """An Output; each line is written at once, and whole."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._seq = 0
        self._input: Input | None = None

    def begin(self, begin: Begin) -> None:
        """See `Output`."""
        self._input = begin.input

    def take(self, seen: Seen) -> None:
        """See `Output`."""
        head: dict[str, Any] = {"file": seen.input.name}
        if seen.timestamp_ms is not None:
            head["timestamp_ms"] = seen.timestamp_ms
        people = zip(seen.result.people, seen.ids, strict=True)
        pose = Pose(
            seq=self._seq,
            frame=seen.shot.frame,
            unix_us=0,
            latency_ms=seen.looked_ms,
            size=seen.size,
            people=tuple(replace(person, id=number) for person, number in people),
            clock_unset=True,
        )
        self._seq += 1
        self._write(_dump(head)[:-1] + b"," + json_format.encode(pose)[1:])

    def end(self, end: End) -> None:
        """See `Output`."""
        if end.problem is not None and self._input is not None:
            name = self._input.name
            self._write(_dump({"file": name, "error": end.problem.removeprefix(f"{name}: ")}))
        self._input = None

    def close(self) -> None:
        """See `Output`."""

    def _write(self, line: bytes) -> None:
        data = memoryview(line + b"\n")
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            message = f"the output cannot be written: {error.strerror}"
            raise UserError(message, EX_IOERR) from error


def _dump(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
