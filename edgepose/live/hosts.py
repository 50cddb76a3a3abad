"""By which names a browser may call the page.

A page of a stranger may give its own name the address of this machine (DNS rebinding), and then the
browser counts it as one with ours. Its name is what it cannot hide: the Host header. An address in
digits has no name that anybody could have given it, so all of those are let in. Pure, but for the
machine's own name.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Final

_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_PORTS: Final = {"http": "80", "https": "443"}


def is_ours(header: str, hosts: Iterable[str]) -> bool:
    """Whether the Host header names this machine, or one of `hosts`."""
    match = _HOST.fullmatch(header)
    if match is None:
        return False
    name = match[1].strip("[]").lower().rstrip(".")
    if _is_address(name):
        return True
    own = socket.gethostname().lower()
    known = {"localhost", own, f"{own.partition('.')[0]}.local"}
    return name in known | {each.lower().rstrip(".") for each in hosts}


def same_origin(origin: str, header: str) -> bool:
    """Whether an Origin header is that of a page which this host has served."""
    scheme, there, rest = origin.lower().partition("://")
    # A proxy before us may speak https; what the port then is only it knows.
    port = _PORTS.get(scheme)
    if not there or port is None:
        return False
    return rest.removesuffix(f":{port}") == header.lower().removesuffix(f":{port}")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
