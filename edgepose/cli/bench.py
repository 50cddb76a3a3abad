"""`edgepose bench`: how fast this machine is, and what to put into its config.

Owns the arguments, what of them makes no sense, and the printing; the rest is `edgepose.bench`.
Runs on the main thread; raises UserError for what a person can mend.
"""

import argparse
import asyncio
import json
import logging
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from edgepose.bench.settings import ENGINES, USAGE
from edgepose.cli import CONFIG, add_file
from edgepose.errors import EX_SOFTWARE, UserError

if TYPE_CHECKING:
    from edgepose.bench.record import Record
    from edgepose.bench.suggest import Suggestion

MOST: Final = 8
"""As `detection.workers` and `detection.threads` allow."""
_INTERRUPTED: Final = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--engines",
        type=_engines,
        default=ENGINES,
        metavar="LIST",
        help="mediapipe, litert or both with a comma between them (default)",
    )
    parser.add_argument(
        "--models",
        type=_words,
        metavar="LIST",
        help="lite, full, heavy, or the paths of bundles (default: those that are here)",
    )
    for name, what in (("workers", "frames in work at once"), ("threads", "cores for a frame")):
        parser.add_argument(
            f"--{name}",
            type=_numbers,
            metavar="LIST",
            help=f"numbers of {what}, such as 1,2 (default: what the cores allow)",
        )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--seconds",
        type=_seconds,
        default=6.0,
        metavar="N",
        help="how long each setting is measured, twice (default: 6)",
    )
    length.add_argument("--quick", action="store_true", help="once, for 2 seconds: a rough look")
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else")
    parser.add_argument(
        "--compare-mediapipe",
        action="store_true",
        help="measure plain MediaPipe beside each setting, on the same pictures",
    )
    add_file(
        parser, f"whose size and detection are measured (default: {CONFIG}, if it is there)", None
    )
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=Path(),
        metavar="FILE",
        help="put the suggestion into this config (default: the one that is measured)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; the exit status."""
    # What the vision process logs is no part of the result; what ends it is told in its row.
    logging.getLogger("edgepose").addHandler(logging.NullHandler())
    try:
        return _run(arguments)
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:  # a defect of ours: said in one line
        message = f"unexpected {type(error).__name__}: {error}"
        raise UserError(message, EX_SOFTWARE) from error


def _run(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from edgepose.bench import run
    from edgepose.bench.prepare import Asked, prepare
    from edgepose.bench.record import Record
    from edgepose.bench.suggest import suggest
    from edgepose.config.change import check_writable

    file, target = _files(arguments)
    if target is not None:
        # Now, rather than after minutes of measuring.
        check_writable(target)
    asked = Asked(
        file=file,
        engines=arguments.engines,
        models=arguments.models,
        workers=arguments.workers,
        threads=arguments.threads,
        seconds=arguments.seconds,
        quick=arguments.quick,
        compare=arguments.compare_mediapipe,
    )
    prepared = prepare(asked)
    if prepared.warning is not None and not arguments.json:
        Console(stderr=True, highlight=False, markup=False).print(prepared.warning)
    outcome = asyncio.run(run.run(prepared.plan))
    if outcome.interrupted and not outcome.measured:
        raise UserError("ended before anything was measured", _INTERRUPTED)
    best = None
    if outcome.comparable:
        rate = prepared.plan.configure(prepared.plan.settings[0]).rate
        best = suggest(outcome.rows, prepared.machine.cores, rate)
    # People have been told.
    warned = [prepared.warning] if prepared.warning is not None and arguments.json else []
    notes = [*warned, *prepared.notes]
    record = Record(prepared.machine, prepared.plan, outcome, best, notes)
    _print(record, arguments.json)
    if outcome.interrupted:
        unwritten = "" if target is None else f", and {target} is as it was"
        raise UserError(f"ended before all was measured{unwritten}", _INTERRUPTED)
    if best is None:
        raise UserError("nothing runs on this machine")
    if target is not None:
        _write(best, target, sys.stderr if arguments.json else sys.stdout)
    return 0


def _files(arguments: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """The config to measure with, and the one to write."""
    usual = CONFIG if CONFIG.is_file() else None
    named = None if arguments.write == Path() else arguments.write
    file = arguments.file or named or usual
    if arguments.write is None:
        return file, None
    if file is None:
        raise UserError(f"--write: there is no {CONFIG}; say which file", USAGE)
    return file, named or file


def _print(record: "Record", as_json: bool) -> None:
    if as_json:
        print(json.dumps(record.as_json(), indent=2))
        return
    from rich.console import Console

    from edgepose.bench.report import lines

    console = Console(highlight=False, markup=False)
    for line in lines(record):
        console.print(line.text, style=line.style or None, soft_wrap=line.whole)


def _write(suggestion: "Suggestion", target: Path, out: TextIO) -> None:
    from edgepose.config.change import rewrite

    changes = rewrite(target, suggestion.keys())
    if not changes:
        print(f"\n{target} says so already.", file=out)
        return
    print(f"\n{target} is changed:", *changes, sep="\n  ", file=out)
    print("A service that runs takes it up at once.", file=out)


def _engines(text: str) -> list[str]:
    names = _words(text)
    if wrong := [name for name in names if name not in ENGINES]:
        raise argparse.ArgumentTypeError(f"{wrong[0]}: allowed are {' and '.join(ENGINES)}")
    return names


def _words(text: str) -> list[str]:
    words = list(dict.fromkeys(word.strip() for word in text.split(",")))
    if not all(words):
        raise argparse.ArgumentTypeError(f"{text!r}: a name is missing")
    return words


def _numbers(text: str) -> list[int]:
    try:
        numbers = sorted({int(word) for word in text.split(",")})
    except ValueError:
        numbers = [0]
    if not all(1 <= number <= MOST for number in numbers):
        raise argparse.ArgumentTypeError(f"{text}: allowed are whole numbers from 1 to {MOST}")
    return numbers


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: allowed is a number from 1 to 3600")
    return seconds
