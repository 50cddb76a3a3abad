"""The live page: does it answer, and what does it show to whom?

Asks it; where no edgepose runs as a service, tries the port first.
Runs on any thread. Raises nothing that is not told as a finding.
"""

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from edgepose.doctor.case import Case
from edgepose.doctor.finding import SUDO, SUDO_TODO, Finding, failure, note, ok, warning
from edgepose.live import address, token
from edgepose.live.answering import NAMELESS, no_answer

if TYPE_CHECKING:
    from edgepose.config.model import Live

NAME: Final = "live"


def look(case: Case) -> Iterator[Finding]:
    """Nothing is said of a page that is off."""
    if case.config is None or not case.config.live.enabled:
        return
    page = case.config.live
    wrong = list(_wrong(case, page))
    yield from wrong
    if page.camera_picture:
        yield warning(
            NAME,
            "the camera's picture is shown there, too: live.camera_picture is true",
            "That is as it should be only as long as somebody aims the camera.",
        )
    if not page.require_token and not address.is_loopback(page.host):
        yield warning(
            NAME,
            "whoever reaches it sees it: live.require_token is false",
            "Set it to true; `edgepose live` prints the token then.",
        )
    if not wrong:
        yield ok(NAME, f"answers on {address.url(page.host, page.port)}")


def _wrong(case: Case, page: "Live") -> Iterator[Finding]:
    where = address.url(page.host, page.port)
    if case.running is None:
        taken = _cannot_listen(page)
        if taken and no_answer(page.host, page.port) is None:
            yield note(NAME, f"an edgepose that you run by hand answers on {where}")
        elif taken:
            yield failure(NAME, f"cannot listen on {where}: {taken}", _who(page))
        elif case.unit is None:
            yield note(NAME, f"{where} is free, and nothing runs here that would serve it")
        return
    if case.running.old_because():
        yield note(NAME, "off as long as an old config is in force")
        return
    if page.require_token and page.token_file is None and case.state is not None:
        yield from _own_token(case)
    if why := no_answer(page.host, page.port):
        yield failure(NAME, f"does not answer on {where}: {why}", _who(page))


def _own_token(case: Case) -> Iterator[Finding]:
    """Whether the one that edgepose has made can be read."""
    assert case.state is not None, "it was looked at"
    if not (case.root or case.myself):
        yield note(NAME, f"{SUDO}: its token is for root and the service alone", SUDO_TODO)
        return
    from edgepose.errors import UserError

    try:
        token.read_text(token.place(case.state), "its token")
    except UserError as error:
        yield failure(NAME, str(error), "sudo edgepose live --new-token")


def _cannot_listen(page: "Live") -> str | None:
    """Why nobody could listen there; None where one could."""
    kind, flags = socket.SOCK_STREAM, socket.AI_PASSIVE
    try:
        for family, _, _, _, place in socket.getaddrinfo(
            page.host, page.port, type=kind, flags=flags
        ):
            with socket.socket(family, kind) as listening:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind(place)
    except OSError as error:
        return error.strerror or str(error)
    except UnicodeError:
        return NAMELESS
    return None


def _who(page: "Live") -> str:
    """What tells who has the port."""
    return f"sudo ss -ltnp 'sport = :{page.port}'"
