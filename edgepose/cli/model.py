"""`edgepose model`: get, list and verify the model bundles.

Owns the arguments and the drawing. Runs on the main thread; raises UserError for what a person
can mend.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.models import manifest
from edgepose.models.get import get
from edgepose.models.manifest import Bundle

_INTERRUPTED = 130
_PLAIN_STEP = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `edgepose model` takes."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--dir", type=Path, metavar="DIR", help="where the bundles are (default: the list's place)"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    getter = actions.add_parser("get", parents=[common], help="download a bundle, or build it")
    getter.add_argument(
        "names",
        nargs="*",
        choices=["auto", "lite", "full", "heavy"],
        # One of them and no list: Python 3.11 looks for it among the choices.
        default="auto",
        metavar="MODEL",
        help="lite, full, heavy, or auto (default): lite below 1 GB of memory, else full",
    )
    getter.add_argument("--force", action="store_true", help="get it anew even if it is there")
    actions.add_parser("list", parents=[common], help="show the bundles and their state")
    actions.add_parser("verify", parents=[common], help="compare the bundles with their SHA-256")


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    bundles = manifest.load(arguments.dir)
    directory = arguments.dir or manifest.home()
    if arguments.action == "list":
        return _list(bundles, directory)
    if arguments.action == "verify":
        return _verify(bundles, directory)
    try:
        names = ["auto"] if arguments.names == "auto" else arguments.names
        return _get(names, bundles, directory, force=arguments.force)
    except KeyboardInterrupt:
        print("stopped: nothing half-written was left", file=sys.stderr)
        return _INTERRUPTED


def _get(names: list[str], bundles: dict[str, Bundle], directory: Path, *, force: bool) -> int:
    failed: list[str] = []
    for name in names:
        with _Drawing() as drawing:
            try:
                get(name, bundles, directory, drawing.say, drawing.report, force=force)
            except UserError as error:
                failed.append(str(error))
    if failed:
        raise UserError("; ".join(failed))
    return 0


class _Drawing:
    """A bar on a terminal; plain lines, one for each tenth, elsewhere."""

    def __init__(self) -> None:
        self._console = Console()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None
        self._told = 0.0

    def __enter__(self) -> "_Drawing":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)

    def report(self, bundle: Bundle, done: int) -> None:
        if self._console.is_terminal:
            if self._task is None:
                self._task = self._progress.add_task(bundle.name, total=bundle.bytes)
            self._progress.update(self._task, completed=done)
        elif done >= self._told * bundle.bytes:
            self._told += _PLAIN_STEP
            self.say(f"{bundle.name}: {done / 1e6:.1f} of {bundle.bytes / 1e6:.1f} MB")


def _list(bundles: dict[str, Bundle], directory: Path) -> int:
    table = Table("model", "size", "state", "licence", "from", box=None, pad_edge=False)
    for bundle in bundles.values():
        state, origin = bundle.look(directory)
        size = f"{bundle.bytes / 1e6:.1f} MB"
        source = bundle.host if state == "missing" else origin or "unknown"
        table.add_row(bundle.name, size, state, bundle.licence, source)
    Console().print(table)
    return 0


def _verify(bundles: dict[str, Bundle], directory: Path) -> int:
    states = {bundle.name: bundle.look(directory) for bundle in bundles.values()}
    found = {name: look for name, look in states.items() if look[0] != "missing"}
    if not found:
        raise UserError(f"no model in {directory}: type `edgepose model get`")
    for name, (state, origin) in found.items():
        if state == "present":
            print(f"{name}: good, {origin}")
        else:
            print(f"{name}: altered, type `edgepose model get {name}`")
    return EX_UNAVAILABLE if any(state == "altered" for state, _ in found.values()) else 0
