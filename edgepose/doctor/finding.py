"""What a check has found, in words. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["ok", "note", "warning", "failure"]
"""`note`: what was not looked at, or need not be. `warning`: it works, but may not for ever, or
nobody here can tell. `failure`: it does not do what it should."""
SUDO: Final = "not known without root"
SUDO_TODO: Final = "sudo edgepose doctor"


@dataclass(frozen=True, slots=True)
class Finding:
    """`name`: of the check. `todo`: what to do about it, each line a sentence or a command to
    type."""

    name: str
    level: Level
    message: str
    todo: str | None = None


def ok(name: str, message: str) -> Finding:
    """All is well."""
    return Finding(name, "ok", message)


def note(name: str, message: str, *todo: str) -> Finding:
    """Neither good nor bad."""
    return Finding(name, "note", message, "\n".join(filter(None, todo)) or None)


def warning(name: str, message: str, *todo: str) -> Finding:
    """It works, but."""
    return Finding(name, "warning", message, "\n".join(filter(None, todo)) or None)


def failure(name: str, message: str, *todo: str) -> Finding:
    """It does not work as it should."""
    return Finding(name, "failure", message, "\n".join(filter(None, todo)) or None)
