"""The page that lists every connection, and the connections that system calls show.

Both in the words of the page's column "seen as": `TCP ADDRESS:PORT`, `UDP ADDRESS:PORT`,
`local PATH`, `netlink PROTOCOL`, `listens ADDRESS` (or a path); any other socket by its family.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[2] / "systemd" / "README.md"
_CODE: Final = re.compile(r"`([^`]+)`")
_DENIED: Final = re.compile(r"= -1 E(?:ACCES|PERM|AFNOSUPPORT) ")
_SOCKET: Final = re.compile(r"socket\((AF_\w+), [^,]+, (\w+)\)")
_FD: Final = re.compile(r"\w+\(\d+<(\w+)")
_LISTENS: Final = re.compile(r"listen\(\d+<TCP(?:v6)?:\[(.+:\d+)\]>")
_LISTENS_LOCALLY: Final = re.compile(r'listen\(\d+<UNIX-STREAM:\[\d+,"([^"]+)"\]>')
_BOUND: Final = re.compile(r"(?:bind|listen)\(\d+<(?:TCP(?:v6)?|UNIX-STREAM):\[(\d+)\]>")
"""A socket of another network than the tracer's, which is shown by its number alone."""
_LOCAL: Final = re.compile(r'sa_family=AF_UNIX, sun_path=(@?)"([^"]*)"')
_INET: Final = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((\d+)\), .*?"
    r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"'
)
_ORDINARY: Final = ("AF_UNIX", "AF_INET", "AF_INET6")


ANYBODY: Final = "any of these"
"""Who may do what the C library does to find an address or a user."""


def on_the_page() -> dict[str, set[str]]:
    """What each program connects to, by who it is there."""
    found: dict[str, set[str]] = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] not in ("who", "---"):
            who = cells[0].strip("`")
            found.setdefault(who, set()).update(_CODE.findall(cells[2]))
    return found


def silent_on_the_page() -> set[str]:
    """The commands of which it says that they connect to nothing."""
    text = PAGE.read_text()
    (line,) = re.findall(r"^(.*) connect to nothing\.$", text, re.MULTILINE)
    return set(_CODE.findall(line))


def seen_in(calls: Collection[str], places: Mapping[str, str]) -> set[str]:
    """What was connected to, or would have been if somebody were there. What a sandbox has denied
    is no connection. `places`: how the page calls an address with its port, or a path."""
    made = [line for line in calls if not _DENIED.search(line)]
    own = {f"{where}": "itself" for line in made for where in _LISTENS.findall(line)}
    bound = {
        number: where
        for line in made
        if line.startswith("bind(")
        for number in _BOUND.findall(line)
        for where in (
            *(f"{address}:{port}" for port, address in _INET.findall(line)),
            *(f"{sign}{path}" for sign, path in _LOCAL.findall(line)),
        )
    }
    names = {**bound, **places}
    return {each for line in made for each in _seen(line, {**own, **places}, names)}


def _seen(line: str, places: Mapping[str, str], names: Mapping[str, str]) -> set[str]:
    name = line.partition("(")[0]
    if name == "socket":
        made = _SOCKET.match(line)
        if made is None or made[1] in _ORDINARY:
            return set()
        kind = made[1] if made[1] != "AF_NETLINK" else made[2].replace("NETLINK_", "netlink ")
        return {kind}
    if name == "io_uring_setup":
        return {name}
    if name == "listen":
        local = {f"listens {path}" for path in _LISTENS_LOCALLY.findall(line)}
        found = _LISTENS.findall(line) or [names[n] for n in _BOUND.findall(line)]
        return local | {f"listens {names.get(w, w.rpartition(':')[0] or w)}" for w in found}
    if name not in ("connect", "sendto", "sendmsg", "sendmmsg"):
        return set()
    kind_of_socket = _FD.match(line)
    kind = "?" if kind_of_socket is None else kind_of_socket[1].removesuffix("v6")
    reached = [f"{address}:{port}" for port, address in _INET.findall(line)]
    return {f"local {sign}{path}" for sign, path in _LOCAL.findall(line)} | {
        f"{kind} {places.get(where, where)}" for where in reached
    }
