"""The configuration: its mistakes, who may read it, and whether it is the one in force.

Runs on any thread. Raises nothing that is not told as a finding.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgepose.config.access import closed
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure, ok
from edgepose.errors import UserError

MOST: Final = 5
"""Mistakes that are told one by one; `edgepose check` tells all."""


def look(case: Case) -> Iterator[Finding]:
    """Whether the file can be used, and is."""
    trouble = [*_wrong(case), *_old(case)]
    yield from trouble
    if trouble:
        return
    if case.file is None:
        yield ok("config", "there is no file, so every default counts")
    else:
        force = "" if case.running is None else ", and in force"
        yield ok("config", f"{case.file} is good{force}")


def _wrong(case: Case) -> Iterator[Finding]:
    if case.file is None:
        return
    from edgepose.config.load import load
    from edgepose.config.problem import ConfigError

    if wrong := closed(case.file, case.user):
        message, _, command = wrong.partition("; mend it with `")
        yield failure("config", f"{case.file} {message}", command.rstrip("`"))
    try:
        load(case.file)
    except ConfigError as error:
        for problem in error.problems[:MOST]:
            line = "" if problem.line is None else f"+{problem.line} "
            yield failure("config", str(problem), f"{_sudo(case)}nano {line}{case.file}")
        if len(error.problems) > MOST:
            more = len(error.problems) - MOST
            yield failure("config", f"and {more} more mistakes", f"edgepose check {case.file}")
        return
    yield from _files(case, case.file)


def _files(case: Case, file: Path) -> Iterator[Finding]:
    """What is wrong with the files that it names: the password's, those of TLS."""
    from edgepose import translate
    from edgepose.config.device import identify

    if case.config is None or not (case.root or case.unit is None):
        # Only root can tell: nobody else may have to read the password.
        return
    try:
        translate.broker(case.config, identify(case.config.device).id, case.folder)
    except UserError as error:
        yield failure("config", str(error), f"{_sudo(case)}nano {file}")


def _old(case: Case) -> Iterator[Finding]:
    if case.running is None:
        return
    if case.file is not None and not _same(case.file, case.running.file):
        return
    if why := case.running.old_because():
        yield failure(
            "config",
            f"the service runs with an OLD CONFIG: {why}",
            "Mend the file: saved is in force. Or, to try it again as it is:",
            "sudo systemctl reload edgepose",
        )


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _sudo(case: Case) -> str:
    return "" if case.unit is None else "sudo "
