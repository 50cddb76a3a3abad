"""`edgepose run`: the daemon."""

import argparse
import asyncio
import logging

from edgepose.cli import add_file
from edgepose.errors import EX_SOFTWARE, UserError

log = logging.getLogger("edgepose")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_file(parser, "the configuration to run with", None, required=True)
    parser.add_argument("--debug", action="store_true", help="log what the parts say to each other")


def run(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT, or until the source has ended; then exit 0."""
    from edgepose import app
    from edgepose.service import journal

    journal.set_up(logging.DEBUG if arguments.debug else logging.INFO)
    try:
        asyncio.run(app.run(arguments.file))
    except UserError as error:
        journal.say_error(error)
        return error.exit_code
    except Exception as error:  # a defect of ours: one line, and the rest for whoever asks
        log.debug("unexpected", exc_info=True)
        message = f"unexpected {type(error).__name__}: {error}; `--debug` tells more"
        journal.say_error(UserError(message))
        return EX_SOFTWARE
    return 0
