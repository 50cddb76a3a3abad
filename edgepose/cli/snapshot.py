"""`edgepose snapshot OUT.png`: what the running edgepose sees now, as a picture in a file.

The skeletons on plain ground; with --picture what the engine saw behind them, where the config lets
that out. Runs on the main thread; drawn here, not in the daemon.
"""

import argparse
import os
from pathlib import Path
from typing import Final

from edgepose.cli import path_of_file, write
from edgepose.errors import EX_IOERR, EX_UNAVAILABLE, EX_USAGE, UserError

_UNSEEN: Final = {
    "dark": "it is dark: nobody can be seen",
    "covered": "the camera is covered: nobody can be seen",
    "frozen": "the camera is frozen: it gives the same picture again and again",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("out", metavar="OUT.png", type=path_of_file, help="the file to write")
    parser.add_argument(
        "--picture",
        action="store_true",
        help="with the camera's picture behind the skeletons, where snapshot.camera_picture allows"
        " it; everybody at the broker is told",
    )
    parser.add_argument("--overwrite", action="store_true", help="write over a file that is there")


def run(arguments: argparse.Namespace) -> int:
    """Write it, and say what is in it. Raises UserError."""
    out: Path = arguments.out
    _look_at(out, overwrite=arguments.overwrite)
    try:
        from edgepose.snapshot import drawn
    except ImportError as error:
        raise UserError(
            f"a snapshot is drawn with OpenCV, which this Python does not have ({error}): use the"
            " edgepose of the service, or type `pip install 'edgepose[litert]'`",
            EX_UNAVAILABLE,
        ) from None
    from edgepose.config.running import runtime_folder
    from edgepose.messages import json_format
    from edgepose.snapshot.ask import ask
    from edgepose.snapshot.words import Request

    answer = ask(runtime_folder(), Request(picture=arguments.picture))
    pose = json_format.decode(answer.pose)
    png = drawn.png(pose, answer.jpeg)
    _save(out, png, overwrite=arguments.overwrite)
    count = len(pose.people)
    people = "nobody" if not count else "1 person" if count == 1 else f"{count} people"
    people = _UNSEEN.get(answer.camera or "", people)
    write(f"{out}: {pose.size[0]} x {pose.size[1]}, {people}")
    return 0


def _look_at(out: Path, *, overwrite: bool) -> None:
    """Before anybody is asked: nothing is to be taken that cannot be kept."""
    if out.suffix.lower() != ".png":
        raise UserError(f"{out}: a snapshot is a PNG; give it a name that ends with .png", EX_USAGE)
    if not out.parent.is_dir():
        raise UserError(f"{out.parent}: no such folder", EX_IOERR)
    if out.is_dir():
        raise UserError(f"{out}: is a folder", EX_IOERR)
    if os.path.lexists(out) and not overwrite:
        raise UserError(f"{out}: is there already; --overwrite writes over it", EX_IOERR)
    if not os.access(out.parent, os.W_OK) or (out.exists() and not os.access(out, os.W_OK)):
        raise UserError(f"{out}: this user may not write there", EX_IOERR)


def _save(out: Path, png: bytes, *, overwrite: bool) -> None:
    fresh = False
    try:
        with out.open("wb" if overwrite else "xb") as file:
            fresh = not overwrite
            file.write(png)
    except OSError as error:
        if fresh:
            # A part of a picture is none.
            out.unlink(missing_ok=True)
        raise UserError(f"{out}: cannot be written: {error.strerror}", EX_IOERR) from None
