"""What is made of what was seen: the table, JSON, CSV, NPZ, annotated pictures and films, masks.

Each kind is an `Output`; all of them run on the writing thread, one after the other.
"""

from typing import Protocol

from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen


class Output(Protocol):
    """Takes what was seen, file by file. Raises UserError where it cannot be written."""

    def begin(self, begin: Begin, /) -> None:
        """What follows is of this file."""
        ...

    def take(self, seen: Seen) -> None:
        """One picture."""
        ...

    def end(self, end: End, /) -> None:
        """There is no more of this file; what was made of it is whole and in its place."""
        ...

    def close(self) -> None:
        """There is no more. What was written stays, also where the work has been broken off."""
        ...
