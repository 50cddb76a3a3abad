"""`edgepose run`: the daemon."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from edgepose.errors import EX_SOFTWARE, UserError

log = logging.getLogger("edgepose")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the YAML config file"
    )
    parser.add_argument("--debug", action="store_true", help="log what the parts say to each other")


def run(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT, or until the source has ended; then exit 0."""
    from edgepose import app
    from edgepose.config.load import load

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if arguments.debug else logging.INFO,
        format="%(levelname)s: %(message)s",
    )
    config = load(arguments.config)
    try:
        asyncio.run(app.run(config, arguments.config.resolve().parent))
    except UserError:
        raise
    except Exception as error:  # a defect of ours: said in one line, the rest for who asks
        log.debug("unexpected", exc_info=True)
        message = f"unexpected {type(error).__name__}: {error}; `--debug` tells more"
        raise UserError(message, EX_SOFTWARE) from error
    return 0
