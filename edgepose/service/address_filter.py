"""The addresses that systemd lets a unit reach: IPAddressAllow= and IPAddressDeny= of
systemd.resource-control(5), its slices' included.

A filter gives no error: what it cuts ends in a time-out, as if nobody were there. Only systemd
knows better, and tells everybody who asks it over D-Bus. It puts a filter in force when the unit is
started, and not anew when a drop-in changes it. `read` and `OwnFilter` start a process and wait for
it, so they are for a thread that may wait. Nothing here raises: what cannot be found out is None.
"""

import ipaddress
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgepose.service.clock import boottime_ns

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ASK_S: Final = 10.0
"""For systemd to answer one question. It takes some hundredths; as the machine starts, longer."""
FRESH_S: Final = 60.0
"""A drop-in is seen so soon; a network that is away is tried far more often, and each question
starts two processes."""
_CGROUP: Final = Path("/proc/self/cgroup")
_RESOLV_CONF: Final = Path("/etc/resolv.conf")


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of one unit."""

    unit: str
    """With its type, as in edgepose.service."""
    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()

    def allows(self, address: Address) -> bool:
        """Whether packets from and to it pass. What is in `allow` passes, whatever `deny` says."""
        bare = _bare(address)
        return any(bare in network for network in self.allow) or not any(
            bare in network for network in self.deny
        )

    def drop_in(self, addresses: Iterable[Address]) -> str:
        """What a drop-in says that lets these pass, too."""
        words = " ".join(str(_bare(each)) for each in addresses)
        return f"[Service]\nIPAddressAllow={words}\n"

    def remedy(self, addresses: Iterable[Address]) -> str:
        """What a person has to type so that these pass, in one line."""
        lines = " and ".join(f"`{line}`" for line in self.drop_in(addresses).splitlines())
        name = self.unit.removesuffix(".service")
        return (
            f"type `sudo systemctl edit {name}`, write the lines {lines} there, save, and type "
            f"`{self.restart}`"
        )

    @property
    def restart(self) -> str:
        """What a person has to type so that a changed filter is in force."""
        return f"sudo systemctl restart {self.unit.removesuffix('.service')}"


def read(unit: str) -> Filter | None:
    """The filter that systemd has for a unit, be it at work or not. None where systemd cannot be
    asked or has no such unit."""
    told = _ask([unit], "LoadState", "Slice", "IPAddressAllow", "IPAddressDeny")
    if told is None or told[0].get("LoadState") != "loaded":
        return None
    own = told[0]
    above = _ask(_slices(own.get("Slice", "")), "IPAddressAllow", "IPAddressDeny")
    if above is None:
        return None
    # systemd puts the lists of a unit and of its slices together.
    levels = (own, *above)
    return Filter(
        unit,
        tuple(network for each in levels for network in networks(each.get("IPAddressAllow", ""))),
        tuple(network for each in levels for network in networks(each.get("IPAddressDeny", ""))),
    )


def own_unit() -> str | None:
    """The unit that this process runs in; None where systemd did not start it."""
    try:
        lines = _CGROUP.read_text().splitlines()
    except OSError:
        return None
    for number, controllers, path in (line.split(":", 2) for line in lines):
        # Version 2, or systemd's own hierarchy of version 1.
        if number == "0" or controllers == "name=systemd":
            names = [name for name in path.split("/") if name.endswith((".service", ".scope"))]
            if names:
                return names[0]
    return None


def networks(words: str) -> list[Network]:
    """The networks of a list as systemd writes it. A unit's file may also have its words for some
    (`any`)."""
    written = words.replace("any", "0.0.0.0/0 ::/0").split()
    return [ipaddress.ip_network(word, strict=False) for word in written]


def addresses(host: str) -> list[Address]:
    """All addresses of a host, in an order that does not change; none where there is no such name
    now. The resolver may take its time."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    unique = {_bare(ipaddress.ip_address(where[0])) for *_, where in found}
    return sorted(unique, key=lambda address: (address.version, int(address)))


def name_servers() -> list[Address]:
    """Those that the C library asks (resolv.conf(5))."""
    try:
        lines = _RESOLV_CONF.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for words in (line.split() for line in lines):
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(_bare(ipaddress.ip_address(words[1])))
            except ValueError:
                continue
    return found


class OwnFilter:
    """The filter of the unit that this process runs in."""

    def __init__(self) -> None:
        self._cut: set[Address] = set()
        """What it was seen to cut: it does so for as long as this process lives."""
        self._filter: Filter | None = None
        self._read_ns: int | None = None

    def why_silent(self, host: str, error: OSError) -> str | None:
        """Whether it is why a host did not answer, and what to type then."""
        nameless = isinstance(error, socket.gaierror)
        unit = own_unit()
        if unit is None or (nameless and error.errno != socket.EAI_AGAIN):
            # Whoever says that there is no such name has answered.
            return None
        asked = name_servers() if nameless else addresses(host)
        filter_ = self._read(unit)
        if filter_ is None:
            return None
        cut = [each for each in asked if not filter_.allows(each)]
        # The C library asks one name server after the other: one that it may reach is enough.
        if cut and not (nameless and len(cut) < len(asked)):
            self._cut.update(cut)
            whose = f"the name server {cut[0]} is " if nameless else ""
            return f"{whose}blocked by the unit's address filter: {filter_.remedy(cut)}"
        if self._cut.intersection(asked):
            return (
                "the unit's address filter has changed; what a drop-in says counts from the next "
                f"`{filter_.restart}` on"
            )
        return None

    def _read(self, unit: str) -> Filter | None:
        now_ns = boottime_ns()
        if self._read_ns is None or now_ns - self._read_ns >= FRESH_S * 1e9:
            self._filter = read(unit)
            self._read_ns = boottime_ns()
        return self._filter


def _bare(address: Address) -> Address:
    """The address that is in the packets: no scope, no IPv4 in IPv6."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    return address.ipv4_mapped or ipaddress.IPv6Address(address.packed)


def _slices(name: str) -> list[str]:
    """A slice and those above it: a-b.slice is in a.slice, which is in the root slice."""
    parts = name.removesuffix(".slice").split("-")
    above = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return [f"{each}.slice" for each in above if each] + ["-.slice"]


def _ask(units: list[str], *properties: str) -> list[dict[str, str]] | None:
    """Properties of units, by name."""
    command = ["systemctl", "show", f"--property={','.join(properties)}", "--", *units]
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, errors="replace", timeout=ASK_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    blocks = done.stdout.strip("\n").split("\n\n")
    told = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks
    ]
    return told if len(told) == len(units) else None
