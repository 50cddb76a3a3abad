"""How a reload went. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from edgepose.config.plan import Change
from edgepose.config.problem import Problem

LONGEST: Final = 300
"""Characters of somebody else's text in one line."""

Origin = Literal["start", "file", "signal", "command"]
Result = Literal["accepted", "refused", "rolled_back"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a config, who asked for it, and when: `at_ns` is CLOCK_BOOTTIME."""

    origin: Origin
    result: Result
    changes: Sequence[Change]
    problems: Sequence[Problem]
    at_ns: int

    @property
    def trouble(self) -> str | None:
        """Why the file is not in force, in a few words; None where it is."""
        if self.result == "accepted":
            return None
        first = self.problems[0]
        line = "" if first.line is None else f"line {first.line}: "
        key = "" if first.key is None else f"{first.key}: "
        more = len(self.problems) - 1
        return shortened(f"{line}{key}{first.message}") + (f" (and {more} more)" if more else "")


def shortened(text: str) -> str:
    """A text as a part of one line that any terminal can show."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."
