"""`edgepose live [FILE]`: how to open the live page: its addresses, and the token.

The token is shown here and nowhere else; it is made where it is missing. Asks the page whether it
answers, and nobody else.
"""

import argparse
import getpass
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from edgepose.cli import CONFIG, add_file, write
from edgepose.config.access import known
from edgepose.config.load import load
from edgepose.config.running import read as read_running
from edgepose.errors import EX_USAGE, UserError
from edgepose.live import address, token
from edgepose.live.answering import no_answer

if TYPE_CHECKING:
    from edgepose.config.model import Live

SERVICE: Final = "edgepose"
"""The user that the service runs as."""
STATE: Final = Path("/var/lib/edgepose")
"""The state directory of the service, whether it has been started yet or not."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of this sub-command."""
    add_file(parser, "the configuration to look at")
    parser.add_argument(
        "--new-token",
        action="store_true",
        help="make a new token first; whoever had the old one is shut out",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print it. Raises UserError where the configuration or the token cannot be read."""
    file: Path = arguments.file
    page = load(file).live
    if arguments.new_token:
        _make_new(file, page)
        write("A new token is made; whoever had the old one is shut out.\n")
    write("\n".join(_on(file, page) if page.enabled else _off(file)))
    return 0


def _off(file: Path) -> Iterator[str]:
    yield f"The live page is off. To have it, write this into {file}:"
    yield ""
    yield "live:"
    yield "  enabled: true"
    yield "  host: 0.0.0.0   # for phones, too; without this line for this machine alone"
    yield ""
    yield f"Saved is in force. Then `{_command(file)}` prints the address and the token."


def _on(file: Path, page: "Live") -> Iterator[str]:
    """The lines of a page that is on."""
    behind = f"?token={quote(_token(file, page), safe='')}" if page.require_token else ""
    alone = address.is_loopback(page.host)
    if alone:
        urls = [address.url("localhost", page.port)]
    else:
        urls = address.every(page.host, page.port, page.hosts)
    what = "with the camera's picture" if page.camera_picture else "without the camera's picture"
    these, missing = "one of these" if len(urls) > 1 else "this", no_answer(page.host, page.port)
    if missing is None:
        yield f"The live page is on, {what}. Open {these}:"
    else:
        yield f"The live page does not answer yet: {missing}."
        yield f"Once edgepose runs with {file}, it is on, {what}; then open {these}:"
    yield ""
    yield from (f"  {each}{behind}" for each in urls)
    if alone:
        host = f"[{page.host}]" if ":" in page.host else page.host
        who = f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{address.machine_name()}"
        yield ""
        yield "Only this machine reaches it. On another one, type this first and leave it open:"
        yield ""
        yield f"  ssh -L {page.port}:{host}:{page.port} {shlex.quote(who)}"
        yield ""
        yield f"For a phone, write `host: 0.0.0.0` under `live:` into {file}."
    yield ""
    if behind:
        yield "Whoever knows the token sees the page; for another one:"
        yield f"  {_command(file, '--new-token')}"
    else:
        yield "Whoever reaches it sees the page: live.require_token is false."
    if old := _old(file):
        yield ""
        off = "" if missing is None else ", and the page is off meanwhile"
        yield f"But edgepose runs with an OLD CONFIG{off}: {old}"
    elif missing is not None:
        yield ""
        yield f"If edgepose runs already, `{_doctor(file)}` tells why the page does not answer."


def _command(file: Path, *options: str) -> str:
    """This command, as it is typed for the same file."""
    if file == CONFIG:
        return shlex.join(("sudo", "edgepose", "live", *options))
    return shlex.join(("edgepose", "live", *options, str(file)))


def _doctor(file: Path) -> str:
    return (
        "sudo edgepose doctor" if file == CONFIG else shlex.join(("edgepose", "doctor", str(file)))
    )


def _token(file: Path, page: "Live") -> str:
    if page.token_file is not None:
        return token.read_text(file.parent / Path(page.token_file).expanduser())
    folder = _folder(file)
    try:
        return token.read_text(token.own(folder), "the token")
    except UserError:
        if folder == STATE and os.geteuid() != 0:
            raise UserError(
                f"{token.place(folder)} is for root and the service alone; try it with sudo"
            ) from None
        raise


def _make_new(file: Path, page: "Live") -> None:
    if page.token_file is not None:
        raise UserError(
            "live.token_file names a file of your own: write another token into that", EX_USAGE
        )
    token.make(_folder(file))


def _folder(file: Path) -> Path:
    """Where the edgepose that runs with this file keeps its token."""
    given = os.environ.get("STATE_DIRECTORY")
    serves = STATE.is_dir() or known(SERVICE) is not None
    if given is None and serves and os.path.realpath(file) == os.path.realpath(CONFIG):
        return STATE
    return token.folder_of(Path(given) if given else None)


def _old(file: Path) -> str | None:
    try:
        running = read_running()
    except UserError:
        return None
    if running is None or os.path.realpath(running.file) != os.path.realpath(file):
        return None
    return running.old_because()
