"""Where the page is to be found, for people and their browsers.

Knows the machine's own name and addresses, which it reads from the kernel; asks nobody. Raises
nothing.
"""

import ipaddress
import re
import socket
from pathlib import Path
from typing import Final

_NET: Final = Path("/proc/net")
_LOCAL: Final = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")
_LINK: Final = "20"
"""Scope of an address that is good on one link only, in the kernel's list."""


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches a page that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def machine_name() -> str:
    """This machine's name in its network: as it is, or, where it is a plain one, as mDNS has it."""
    name = socket.gethostname()
    return name if "." in name else f"{name}.local"


def url(host: str, port: int) -> str:
    """The page's address."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def best(host: str, port: int, hosts: tuple[str, ...] = ()) -> str:
    """The address that is likely the right one in another machine's browser. Of a page for this
    machine alone it is the one behind a tunnel. Arguments as in `Settings`."""
    if is_loopback(host):
        return url("localhost", port)
    if hosts:
        return url(hosts[0], port)
    return url(machine_name() if _is_any(host) else host, port)


def every(host: str, port: int, hosts: tuple[str, ...] = ()) -> list[str]:
    """All the addresses to try, the likeliest first."""
    names = [*hosts, machine_name(), *_own(host)] if _is_any(host) else [*hosts, host]
    return [url(name, port) for name in dict.fromkeys(names)]


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _own(host: str) -> list[str]:
    """This machine's addresses, but for those that only it or one link knows. `host`: what it
    listens on, for `0.0.0.0` is IPv4 alone."""
    found = set(_LOCAL.findall(_read("fib_trie")))
    v4 = [each for each in found if not ipaddress.ip_address(each).is_loopback]
    v6 = []
    for line in _read("if_inet6").splitlines() if ":" in host else []:
        digits, _, _, scope, *_ = line.split()
        address = ipaddress.IPv6Address(bytes.fromhex(digits))
        if scope != _LINK and not address.is_loopback:
            v6.append(str(address))
    return [*sorted(v4, key=ipaddress.ip_address), *sorted(v6)]


def _read(name: str) -> str:
    try:
        return (_NET / name).read_text()
    except OSError:
        return ""
