"""`edgepose demo`: a look at edgepose that needs nothing but this program and a model.

Owns the arguments; what is shown belongs to `edgepose.terminal`. Runs on the main thread; raises
UserError for what a person can mend.
"""

import argparse
import asyncio
import contextlib
import math
from pathlib import Path
from typing import Final, get_args

from edgepose.config.model import Camera
from edgepose.errors import EX_SOFTWARE, UserError

SCENES: Final[tuple[str, ...]] = get_args(Camera.model_fields["scene"].annotation)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--seconds",
        type=_seconds,
        metavar="N",
        help="end so long after the first pose (default: Ctrl-C ends it)",
    )
    pictures = parser.add_mutually_exclusive_group()
    pictures.add_argument(
        "--source", type=Path, metavar="PATH", help="a film, a picture or a folder of pictures"
    )
    pictures.add_argument(
        "--scene",
        choices=SCENES,
        default="waving",
        metavar="NAME",
        help=f"what the drawn person does: {', '.join(SCENES)} (default: waving)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show it to the end; the exit status."""
    try:
        from edgepose.terminal import demo
    except ModuleNotFoundError as error:
        if error.name != "amqtt":
            raise
        raise UserError(
            "the demo needs a broker of its own: type `pip install 'edgepose[demo]'`"
        ) from error
    wish = demo.Wish(arguments.scene, arguments.source, arguments.seconds)
    try:
        return asyncio.run(demo.run(wish))
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:  # a defect of ours: said in one line
        message = f"unexpected {type(error).__name__}: {error}"
        raise UserError(message, EX_SOFTWARE) from error


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(text)) < math.inf:
            return seconds
    raise argparse.ArgumentTypeError(f"{text}: allowed is a number above 0")
