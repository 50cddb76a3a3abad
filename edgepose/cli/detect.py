"""`edgepose detect`: people in pictures and films, as a table, as numbers, and drawn.

Owns the arguments, the choice of the engine, and the sandbox, into which the process goes before
anything that sees a picture is loaded; the rest is `edgepose.detect`. Runs on the main thread;
raises UserError for what a person can mend.
"""

import argparse
import asyncio
import importlib.util
import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edgepose.cli import path_of_file
from edgepose.detect.interrupt import interrupted_at_once
from edgepose.errors import EX_SOFTWARE, EX_USAGE, UserError
from edgepose.vision import sandbox

if TYPE_CHECKING:
    from edgepose.landmarker.options import EngineName

MOST_POSES: Final = 10
"""As `detection.num_poses` allows."""
_CONFIDENCES: Final = {
    "min_pose_detection_confidence": "how sure the detector must be of a person",
    "min_pose_presence_confidence": "how sure the landmarks must be of a person",
    "min_tracking_confidence": "VIDEO mode: how sure the tracking from frame to frame must be",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="a picture, a film, a .npy array, a folder of them, or - for standard input",
    )
    _add_results(parser.add_argument_group("results", "Without one of these: a table."))
    task = parser.add_argument_group("the Pose Landmarker", "Names and defaults are MediaPipe's.")
    _add(task, "engine", choices=("auto", "mediapipe", "litert"), default="auto",
         help="what runs the model (default: mediapipe where it works, else litert)")  # fmt: skip
    _add(task, "model", default="auto", metavar="MODEL",
         help="lite, full, heavy, or the path of a bundle (default: by memory)")  # fmt: skip
    _add(task, "running_mode", choices=("IMAGE", "VIDEO"),
         help="(default: VIDEO for films, which follows people, IMAGE for all else)")  # fmt: skip
    _add(task, "num_poses", type=_poses, default=1, metavar="N",
         help="how many people to find at most (default: 1)")  # fmt: skip
    for name, text in _CONFIDENCES.items():
        _add(task, name, type=_share, default=0.5, metavar="N", help=f"{text} (default: 0.5)")
    _add(task, "output_segmentation_masks", action="store_true",
         help="outlines of people in what --annotate writes; --masks means this, too")  # fmt: skip
    work = parser.add_argument_group("speed")
    _add(work, "threads", type=_number, metavar="N",
         help="cores for one picture, litert only (default: 1, in VIDEO mode up to 4)")  # fmt: skip
    _add(work, "workers", type=_number, metavar="N",
         help="pictures at once, IMAGE mode only (default: one a core, up to 4)")  # fmt: skip


def _add_results(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--json", action="store_true", help="a JSON object a line, for pipes")
    group.add_argument(
        "--csv", type=path_of_file, metavar="FILE", help="a row for each landmark; - prints it"
    )
    group.add_argument("--npz", type=path_of_file, metavar="FILE", help="all numbers, for numpy")
    group.add_argument(
        "--annotate",
        type=path_of_file,
        metavar="OUT",
        help="draw the people: a picture or a film for one PATH, else a folder",
    )
    group.add_argument(
        "--masks", type=path_of_file, metavar="FOLDER", help="a PNG of each person's pixels"
    )
    group.add_argument("--overwrite", action="store_true", help="write over what is there")


def _add(group: "argparse._ArgumentGroup", name: str, **kwargs: object) -> None:
    """An option under MediaPipe's name, and as other programs write it."""
    names = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}"))
    group.add_argument(*names, dest=name, **kwargs)  # type: ignore[arg-type]


def run(arguments: argparse.Namespace) -> int:
    """Look at everything; the exit status."""
    _check(arguments)
    # What libraries have to say of a file is said in one line, by us.
    warnings.filterwarnings("ignore", module="PIL")
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    # Of less than 32 MB each, what is freed of a large picture would stay with the process.
    os.environ.setdefault("PILLOW_BLOCK_SIZE", "64m")
    engine = _engine(arguments.engine, arguments.model)
    if arguments.threads is not None and engine == "mediapipe":
        raise UserError("--threads is for litert alone: add --engine litert", EX_USAGE)
    sandbox.enter()
    try:
        with interrupted_at_once():
            from edgepose.detect.asked import Asked, cores
            from edgepose.detect.run import run as detect
    except ModuleNotFoundError as error:
        if (error.name or "edgepose").startswith("edgepose"):
            raise
        raise UserError(
            f"{error.name} is not installed here, and detect needs it: install edgepose with an "
            "engine, as edgepose[mediapipe] or edgepose[litert]"
        ) from error
    values = {name: value for name, value in vars(arguments).items() if name != "command"}
    values["engine"] = engine
    values["workers"] = arguments.workers or cores()
    try:
        return detect(Asked(**values))
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:  # a defect of ours: said in one line
        message = f"unexpected {type(error).__name__}: {error}"
        raise UserError(message, EX_SOFTWARE) from error


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what makes no sense together."""
    if arguments.json and arguments.csv == Path("-"):
        raise UserError("--json and --csv - both go to standard output", EX_USAGE)
    if arguments.npz == Path("-"):
        raise UserError("--npz: give the name of a file; it cannot be a pipe", EX_USAGE)
    if arguments.output_segmentation_masks and not (arguments.annotate or arguments.masks):
        raise UserError(
            "--output_segmentation_masks does nothing without --annotate or --masks", EX_USAGE
        )


def _engine(wanted: str, model: str) -> "EngineName":
    """The engine to open. auto tries MediaPipe where there are two: it ends the process on some
    processors. The installer has left one that works."""
    if wanted == "mediapipe":
        return "mediapipe"
    if wanted == "litert":
        return "litert"
    if importlib.util.find_spec("mediapipe") is None:
        return "litert"
    if importlib.util.find_spec("ai_edge_litert") is None:
        return "mediapipe"
    from edgepose.models.resolve import resolve
    from edgepose.service.engine import choose

    choice = asyncio.run(choose("auto", resolve(model).path))
    return "litert" if choice.name == "litert" else "mediapipe"


def _poses(text: str) -> int:
    return _whole(text, MOST_POSES)


def _number(text: str) -> int:
    return _whole(text, 64)


def _whole(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r}: allowed are whole numbers from 1 to {most}")
    return number


def _share(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is a number from 0 to 1")
    return number
