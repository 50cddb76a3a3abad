"""The command `edgepose`: one module for each sub-command, imported only when it is called.

Each module has `add_arguments(parser)` and `run(arguments) -> exit code`.
"""

import argparse
import importlib
import io
import os
import sys
from pathlib import Path
from typing import Any, Final

from edgepose import __version__
from edgepose.errors import EX_IOERR, UserError

COMMANDS: Final = {
    "run": "run the daemon",
    "check": "check a config file, and tell what a reload of it would change",
    "config": "print the config that a file makes, with every default",
    "doctor": "look at the installation and the running service, and say what to do",
    "live": "print how to open the live page: its addresses, and the token",
    "snapshot": "write what the running edgepose sees into a picture, now",
    "detect": "find people in pictures and films: a table, numbers, and drawn",
    "model": "get, list and verify the model bundles",
    "bench": "measure engines, models, workers and threads on this machine, and suggest the best",
    "watch": "show what devices publish: one as a skeleton, a fleet as a table, or as JSON",
    "demo": "show edgepose at work, with a broker and a subscriber in this terminal",
}

CONFIG: Final = Path("/etc/edgepose/edgepose.yaml")
"""Where the installer puts it."""


class _File(argparse.Action):
    """Keeps the file of the other form where this one is left out."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        _option: str | None = None,
    ) -> None:
        """Take it, if it was given."""
        if values is not self.default:
            namespace.file = values


def add_file(
    parser: argparse.ArgumentParser,
    text: str,
    default: Path | None = CONFIG,
    *,
    required: bool = False,
) -> None:
    """Declare the config file, `arguments.file`, given as FILE or as --config FILE."""
    forms = parser.add_mutually_exclusive_group(required=required)
    forms.add_argument(
        "file",
        metavar="FILE",
        type=path_of_file,
        nargs="?",
        default=default,
        action=_File,
        help=text if default is None else f"{text} (default: {default})",
    )
    forms.add_argument(
        "--config",
        dest="file",
        metavar="FILE",
        type=path_of_file,
        default=default,
        action=_File,
        help="the same as FILE",
    )


def path_of_file(text: str) -> Path:
    """The path in an argument, which is not empty: of that Path would make the folder."""
    if not text:
        raise argparse.ArgumentTypeError("the name of the file is empty")
    return Path(text)


def write(text: str = "") -> None:
    """Print it, and be sure that it is written. Raises UserError, BrokenPipeError."""
    try:
        if text:
            print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _be_silent()
        raise UserError(f"the output cannot be written: {error.strerror}", EX_IOERR) from error


def _write_or_leave() -> None:
    """Write what waits for it; where that is the trouble, it has been told."""
    try:
        sys.stdout.flush()
    except OSError:
        _be_silent()


def _be_silent() -> None:
    """What is not written yet never is: Python would try again at exit, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _SubParser(argparse.ArgumentParser):
    """Of a sub-command: shows its own usage where argparse would show the whole program's."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Take all of them, or say which is not known."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser. With `command`, the arguments of that sub-command alone are declared."""
    parser = argparse.ArgumentParser(
        prog="edgepose", description="Body landmarks from a camera, over MQTT."
    )
    parser.add_argument("--version", action="version", version=f"edgepose {__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=_SubParser
    )
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if command in (None, name):
            importlib.import_module(f"edgepose.cli.{name}").add_arguments(sub)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a sub-command; a UserError becomes one line and its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Not every terminal takes every letter; stderr does this of itself.
        sys.stdout.reconfigure(errors="backslashreplace")
    elif sys.stdout is None:
        # It was closed, as `>&-` does; what is opened next would get its number.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    if sys.stderr is None:
        # The same, as `2>&-` does.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    arguments = sys.argv[1:] if arguments is None else arguments
    command = next((word for word in arguments if word in COMMANDS), "")
    try:
        parsed = build_parser(command).parse_args(arguments)
        code: int = importlib.import_module(f"edgepose.cli.{parsed.command}").run(parsed)
        write()
    except UserError as error:
        print(error, file=sys.stderr)
        _write_or_leave()
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone, as `| head` does.
        _be_silent()
        return 141
    return code
