"""The configuration: its mistakes, who may read it, and whether it is the one in force.

Runs on any thread. Raises nothing that is not told as a finding.
"""

import errno
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgepose.address import shown
from edgepose.config.access import closed, oneself
from edgepose.doctor import film, misplaced
from edgepose.doctor.case import Case
from edgepose.doctor.finding import SUDO, SUDO_TODO, Finding, failure, note, ok, warning
from edgepose.doctor.typed import nano
from edgepose.errors import UserError

MOST: Final = 5
"""Mistakes that are told one by one; `edgepose check` tells all."""


def look(case: Case) -> Iterator[Finding]:
    """Whether the file can be used, and is."""
    try:
        trouble = [*_wrong(case), *_old(case)]
    except ImportError:
        # The check of the packages says so.
        return
    yield from trouble
    if case.config is None:
        skipped = ["broker", *(() if case.sees else ("camera", "engine")), "model"]
        yield note("skipped", f"{', '.join(skipped)}: mend the configuration first")
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
    if (wrong or not case.myself) and closed(case.file, oneself()):
        # Of what is in it nobody here can tell.
        if not wrong:
            yield warning("config", f"{SUDO}: {case.file} may not be read by you", SUDO_TODO)
        return
    try:
        load(case.file)
    except ConfigError as error:
        # Never one alone is left out.
        shown = error.problems if len(error.problems) <= MOST + 1 else error.problems[:MOST]
        for problem in shown:
            yield failure("config", str(problem), *misplaced.todo(case, case.file, problem.line))
        if more := len(error.problems) - len(shown):
            check = f"edgepose check {shlex.quote(str(case.file))}"
            yield failure("config", f"{more} more mistakes are in {case.file}", check)
        return
    yield from _open_secret(case, case.file)
    yield from _files(case, case.file)


def _open_secret(case: Case, file: Path) -> Iterator[Finding]:
    """A password in the address of a camera, in a file for everybody to read."""
    uri = None if case.config is None else case.config.camera.uri
    if uri is None or shown(uri) == uri or not file.stat().st_mode & stat.S_IROTH:
        return
    quoted = shlex.quote(str(file))
    yield warning(
        "config",
        f"{file} may be read by everybody on this machine, and has the address of a camera in it",
        *((f"sudo chgrp edgepose {quoted}",) if case.unit is not None else ()),
        f"sudo chmod o-r {quoted}",
    )


def _files(case: Case, file: Path) -> Iterator[Finding]:
    """What is wrong with the files that it names: the password's, those of TLS, the token's."""
    from edgepose import translate
    from edgepose.config.device import identify

    if case.config is None:
        return
    if wrong := film.wrong(case.config, case.folder, case.user):
        message, _, command = wrong.partition("; mend it with `")
        yield failure("config", message, command.rstrip("`") or nano(case, file))
    if not (case.root or case.unit is None):
        # Only root can tell: nobody else may have to read the password.
        return
    device, config, folder = identify(case.config.device).id, case.config, case.folder
    for ask in (
        lambda: translate.broker(config, device, folder),
        lambda: translate.live(config, folder),
    ):
        try:
            ask()
        except UserError as error:
            if case.root or not forbidden(error):
                yield failure("config", str(error), nano(case, file))


def forbidden(error: UserError) -> bool:
    """Whether a file that is named may be good, but is for others."""
    return os.strerror(errno.EACCES) in str(error)


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
