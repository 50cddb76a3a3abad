"""Where log lines go: the journal with its fields where the journal listens, else stderr.

A line is for a person: something began, ended or went wrong. No line comes with each frame.
"""

import logging
import os
import sys
from typing import Final

from edgepose.errors import UserError

IDENTIFIER: Final = "edgepose"


def set_up(level: int) -> None:
    """Send every logger's lines to the right place. To be called once, at the start.

    In a terminal they begin with the time of day.

    In the journal each line has its priority, SYSLOG_IDENTIFIER `edgepose`, LOGGER (the part that
    speaks; `edgepose.vision` is the vision process) and where in the code it comes from.
    """
    if _is_journal():
        handler = _journal()
    else:
        handler = logging.StreamHandler(sys.stderr)
        # Whoever looks on wants to know when; who reads a pipe has a clock of their own.
        when = "%(asctime)s " if sys.stderr.isatty() else ""
        words = f"{when}%(levelname)s: %(message)s"
        handler.setFormatter(logging.Formatter(words, datefmt="%H:%M:%S"))
    logging.basicConfig(level=level, handlers=[handler])


def say_error(error: UserError) -> None:
    """The last word of a program that cannot go on; each line of it by itself."""
    if _is_journal():
        for line in str(error).splitlines():
            logging.getLogger(IDENTIFIER).critical("%s", line)
    else:
        print(error, file=sys.stderr)


def _is_journal() -> bool:
    """Whether stderr is the journal, as systemd.exec(5) says how to find out."""
    stream = os.environ.get("JOURNAL_STREAM", "")
    try:
        stderr = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return stream == f"{stderr.st_dev}:{stderr.st_ino}"


def _journal() -> logging.Handler:
    try:
        from systemd import journal
    except ImportError as error:
        raise UserError("python3-systemd is missing: sudo apt install python3-systemd") from error
    handler: logging.Handler = journal.JournalHandler(SYSLOG_IDENTIFIER=IDENTIFIER)
    return handler
