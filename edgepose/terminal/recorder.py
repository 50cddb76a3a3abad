"""A recording that is written, line by line, while messages come. See `recording` for its format.

Runs on the thread that hands the messages over. Raises UserError where there can be no such file.
"""

import base64
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from edgepose import __version__
from edgepose.errors import UserError
from edgepose.messages.pose import Pose
from edgepose.terminal.arrival import Arrival, parse
from edgepose.terminal.recording import MARK, RECORDED, VERSION
from edgepose.terminal.report import printable


class Recorder:
    """A new file that takes messages until it is closed.

    `poses` are in it so far. `trouble` says why it has ended before its time, else None; what was
    written by then is whole. Raises UserError where the file is there already or cannot be made.
    """

    def __init__(self, path: Path, base: str) -> None:
        self.poses = 0
        self.trouble: str | None = None
        self.path = path
        self._began_ns = time.monotonic_ns()
        self._size = 0
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._file: int | None = os.open(path, flags, 0o666)
        except FileExistsError:
            raise UserError(
                f"{path}: is there already; give the name of a file that is not"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no such path"
            raise UserError(f"{path}: cannot be written: {reason}") from None
        self._write(
            {
                MARK: VERSION,
                "started_us": time.time_ns() // 1000,
                "base": base,
                "edgepose": __version__,
            }
        )

    def take(self, arrival: Arrival) -> None:
        """Write a message, if it is one that is kept."""
        if not _kept(arrival) or self._file is None:
            return
        line: dict[str, Any] = {
            "t": round((time.monotonic_ns() - self._began_ns) / 1e9, 6),
            "device": arrival.device,
            "kind": arrival.kind,
        }
        if isinstance(arrival.content, Pose):
            line["seq"] = arrival.content.seq
        if arrival.packed:
            line["packed"] = base64.b64encode(arrival.payload).decode()
        else:
            line |= _json_or_text(arrival)
        if arrival.retained:
            line["retained"] = True
        if self._write(line) and arrival.kind == "pose":
            self.poses += 1

    def _write(self, line: dict[str, Any]) -> bool:
        """A whole line at once, so that whoever reads meanwhile finds no half of one."""
        assert self._file is not None
        try:
            data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        except RecursionError:
            # As deep as can be read, and the line is one level deeper.
            return False
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            self.trouble = printable(f"{self.path}: recording has ended: {error.strerror}")
            # The half of a line is of no use to anybody.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            self.close()
            return False
        self._size += len(data)
        return True

    def close(self) -> None:
        """Write no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _kept(arrival: Arrival) -> bool:
    if arrival.kind == "availability":
        # Anybody's text may stand there; a recording is to be shown to others.
        return arrival.content in ("online", "offline")
    return arrival.kind in RECORDED and arrival.content is not None


def _json_or_text(arrival: Arrival) -> dict[str, Any]:
    if isinstance(arrival.content, Pose):
        try:
            return {"json": parse(arrival.payload)}
        except (ValueError, RecursionError):
            # A key that no decoder looks at holds what not every program can read.
            return {"text": arrival.payload.decode()}
    return {"text" if isinstance(arrival.content, str) else "json": arrival.content}
