"""`edgepose doctor`: what is wrong with the installation and the running service, and what to type.

Owns the arguments and the words on the terminal. Runs on the main thread. Exit status 0 where
nothing has failed, warnings or not; else 1.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import Final

from edgepose.cli import add_file, write
from edgepose.doctor.finding import Finding, Level

VERSION: Final = 1
"""Of the JSON."""
_MARKS: Final[dict[Level, str]] = {"failure": "✗", "warning": "!", "note": "·", "ok": "✓"}
_PLAIN: Final[dict[Level, str]] = {"failure": "x", "warning": "!", "note": ".", "ok": "-"}
_COLOURS: Final[dict[Level, str]] = {"failure": "31;1", "warning": "33", "note": "2", "ok": "32"}
"""ECMA-48: red, yellow, faint, green."""
_WIDEST: Final = 100
_INDENT: Final = " " * 21
_TODO: Final = " " * 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_file(parser, "the configuration to look at (default: the service's)", None)
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything, and tell; returns 1 where something has failed, else 0."""
    from edgepose.doctor import child
    from edgepose.doctor.case import Case
    from edgepose.doctor.examine import examine

    before = signal.signal(signal.SIGINT, _once)
    try:
        case = Case.find(arguments.file)
        found = examine(case)
    except KeyboardInterrupt:
        child.end_all()
        raise
    signal.signal(signal.SIGINT, before)
    well = all(each.level != "failure" for each in found)
    if arguments.json:
        findings = [
            {"check": f.name, "level": f.level, "message": f.message, "todo": f.todo} for f in found
        ]
        write(json.dumps({"v": VERSION, "ok": well, "findings": findings}))
    else:
        fancy = "utf" in (sys.stdout.encoding or "").lower()
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        marks, serves = _MARKS if fancy else _PLAIN, case.unit is not None
        write("\n".join(told(found, width, marks, colour=colour, serves=serves)))
    return 0 if well else 1


def _once(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C ends us, and a second one, which `timeout` sends, does not disturb the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def told(
    found: Sequence[Finding],
    width: int,
    marks: Mapping[Level, str] = _MARKS,
    *,
    colour: bool,
    serves: bool = True,
) -> Iterator[str]:
    """The findings in lines of at most `width` characters, the worst first. A line of what is to
    be done is broken only where it is a sentence. `serves`: whether there is a service at all."""
    yield _verdict(found, serves=serves)
    for level in _MARKS:
        findings = [each for each in found if each.level == level]
        if findings:
            yield ""
        for each in findings:
            mark = f"{marks[level]} {level}"
            first, *rest = _wrapped(each.message, width, f"{mark:10} {each.name:9} ", _INDENT)
            yield first.replace(mark, f"\x1b[{_COLOURS[level]}m{mark}\x1b[0m") if colour else first
            yield from rest
            for line in (each.todo or "").splitlines():
                if line.endswith((".", ":", "?")):
                    yield from _wrapped(line, width, _TODO, _TODO)
                else:
                    yield _TODO + line


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _verdict(found: Sequence[Finding], *, serves: bool) -> str:
    """What a person wants to know first. Of what does not run nobody can say that it works."""
    count = {level: sum(each.level == level for each in found) for level in _MARKS}
    parts = [
        f"{count[level]} {level}{'s' if count[level] > 1 else ''}"
        for level in ("failure", "warning")
        if count[level]
    ]
    if not serves and not count["failure"]:
        trouble = f", with {parts[0]}" if parts else ""
        return f"The installation is good{trouble} (nothing runs as a service here)."
    if not parts:
        return f"All is well: {count['ok']} checks."
    if count["failure"]:
        return f"Something is wrong: {' and '.join(parts)}; {count['ok']} ok."
    return f"It works, with {parts[0]}; {count['ok']} ok."
