"""What the daemon starts with: the file, or the last config that worked.

Reads files. Raises `Refused` where there is neither.
"""

from dataclasses import dataclass
from pathlib import Path

from edgepose.config.problem import Problem
from edgepose.reload.candidate import Candidate, Refused, build, read
from edgepose.reload.memory import Memory
from edgepose.reload.outcome import Outcome
from edgepose.service.clock import boottime_ns


@dataclass(frozen=True, slots=True)
class Opening:
    """`first` is started. `proven` is the last config that worked, where that is another one.
    `on_disk` is the SHA-256 of the file in hex, None where it cannot be read."""

    first: Candidate
    outcome: Outcome
    on_disk: str | None
    proven: Candidate | None = None


def open_with(file: Path, memory: Memory) -> Opening:
    """Read the file, and what the memory holds where the file is no good."""
    proven = _proven(file, memory)
    try:
        asked = read(file)
    except Refused as error:
        if proven is None:
            raise
        return Opening(proven, _refused(error.problems), error.digest)
    accepted = Outcome("start", "accepted", (), (), boottime_ns())
    if proven is None or proven.digest == asked.digest:
        return Opening(asked, accepted, asked.digest)
    if (why := memory.why_bad(asked.digest)) is not None:
        return Opening(proven, _refused((taken_back(file, why),)), asked.digest)
    return Opening(asked, accepted, asked.digest, proven)


def taken_back(file: Path, why: str) -> Problem:
    """Said of a file that was tried before and did not work."""
    again = "change it, or type `systemctl reload edgepose` to try it again"
    message = f"was tried, and taken back: {why}; {again}"
    return Problem(str(file), None, None, None, message)


def _refused(problems: tuple[Problem, ...]) -> Outcome:
    return Outcome("start", "refused", (), problems, boottime_ns())


def _proven(file: Path, memory: Memory) -> Candidate | None:
    if memory.good is None:
        return None
    try:
        return build(file, memory.good)
    except Refused:
        # A newer edgepose may read it otherwise, or a file that it names has gone.
        return None
