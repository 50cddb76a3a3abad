"""How often somebody may try a token: a few times at once, then now and then.

Counted for each address, so that whoever tries does not lock others out, and for no more addresses
than fit. Pure; time is the caller's, in seconds of a clock that only rises.
"""

import ipaddress
from collections import OrderedDict
from typing import Final

AT_ONCE: Final = 10
EVERY_S: Final = 6.0
"""Until one more try is free again."""
MOST: Final = 1024
"""Addresses; the one that was quiet for longest is forgotten."""


class Tries:
    """The failed tries of each address, of which one is taken back every `EVERY_S`."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str, now: float) -> float:
        """How long this address has to wait before its next try; 0 where it has not."""
        until = self._until.get(_group(address), now)
        return max(0.0, until - now - (AT_ONCE - 1) * EVERY_S)

    def failed(self, address: str, now: float) -> None:
        """It has tried, and that was not the token."""
        group = _group(address)
        self._until[group] = max(self._until.pop(group, now), now) + EVERY_S
        while len(self._until) > MOST:
            self._until.popitem(last=False)


def _group(address: str) -> str:
    """Whoever has one address of IPv6 has all of its /64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
