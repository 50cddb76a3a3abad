"""CSV for analysts: one row for each landmark of each person of each picture. Raises UserError.

A picture with nobody is one row with 0 in `people` and nothing behind it. `person` counts from 1
in the engine's order, `id` is whose track it is in a film. UTF-8, with a head, `\\n` between rows.
"""

import csv
import sys
from pathlib import Path
from typing import Final

from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen
from edgepose.detect.writing.place import Place, unwritable
from edgepose.errors import UserError
from edgepose.messages.landmarks import BLAZEPOSE33

COLUMNS: Final = (
    "file", "frame", "timestamp_ms", "width", "height", "people", "person", "id", "landmark",
    "x", "y", "z", "visibility", "presence", "world_x", "world_y", "world_z",
)  # fmt: skip


class CsvFile:
    """An Output; the file is there when all is done. `path` None: standard output."""

    def __init__(self, path: Path | None) -> None:
        self._place = None if path is None else Place(path)
        name = sys.stdout.fileno() if self._place is None else self._place.until_then
        try:
            # Closed by close.
            self._file = open(  # noqa: SIM115 - a number is no Path
                name,
                "w",
                encoding="utf-8",
                errors="backslashreplace",
                newline="",
                closefd=self._place is not None,
            )
        except OSError as error:
            raise self._unwritable(error) from error
        self._any = False
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def begin(self, begin: Begin) -> None:
        """See `Output`."""

    def take(self, seen: Seen) -> None:
        """See `Output`."""
        self._any = True
        count = len(seen.ids)
        at = "" if seen.timestamp_ms is None else seen.timestamp_ms
        head = (seen.input.name, seen.shot.frame, at, *seen.size, count)
        result = seen.result
        rows = [
            (*head, person + 1, seen.ids[person], name, *(f"{n:.7g}" for n in (*mark, *world)))
            for person in range(count)
            for name, mark, world in zip(
                BLAZEPOSE33,
                result.pose_landmarks[person].tolist(),
                result.pose_world_landmarks[person].tolist(),
                strict=True,
            )
        ]
        empty = ("",) * (len(COLUMNS) - len(head))
        try:
            self._writer.writerows(rows or [(*head, *empty)])
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._unwritable(error) from error

    def end(self, end: End) -> None:
        """See `Output`."""
        self._any = self._any or not end.interrupted

    def close(self) -> None:
        """See `Output`."""
        try:
            self._file.close()
        except BrokenPipeError:
            raise
        except OSError as error:
            if self._place is not None:
                self._place.forget()
            raise self._unwritable(error) from error
        if self._place is not None:
            # Where the engine does not even start, or nobody waits for it, there is no result.
            self._place.keep() if self._any else self._place.forget()

    def _unwritable(self, error: OSError) -> UserError:
        return unwritable(Path("-") if self._place is None else self._place.path, error)
