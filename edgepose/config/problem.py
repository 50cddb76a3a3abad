"""What is wrong with a configuration file, and where. Raises nothing but carries `ConfigError`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from edgepose.address import veiled
from edgepose.errors import EX_CONFIG, UserError

BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `str()` is the line that a person reads.

    `line` and `column` count from 1 and are null where the file as a whole is meant; `key` is
    the full name of the key, null where there is none. `nearest` is the known key that an
    unknown one may have meant: by its last name within the same section, else by its full name.
    No address in it is told whole, wherever it stands: there may be a password in it.
    """

    file: str
    line: int | None
    column: int | None
    key: str | None
    message: str
    nearest: str | None = None

    def __post_init__(self) -> None:
        """Take out what may be a secret."""
        object.__setattr__(self, "message", veiled(self.message))
        if self.key is not None:
            object.__setattr__(self, "key", veiled(self.key))

    def __str__(self) -> str:
        place = [self.file] + [str(each) for each in (self.line, self.column) if each is not None]
        told = self.message if self.key is None else f"{self.key}: {self.message}"
        return printable(f"{':'.join(place)}: {told}")


class ConfigError(UserError):
    """A configuration that cannot be used, with every problem found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda each: (each.line or 0, each.column or 0)))
        super().__init__("\n".join(str(each) for each in self.problems), EX_CONFIG)


def printable(text: str) -> str:
    """Make one line of it that any terminal can show, whatever somebody wrote into a file."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def position(before: str) -> tuple[int, int]:
    """Line and column, from 1, of what stands behind this text."""
    lines = BREAK.split(before)
    return len(lines), len(lines[-1]) + 1
