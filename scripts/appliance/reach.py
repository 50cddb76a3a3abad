"""The drop-in by which the service reaches its broker: `reach.py UNIT CONFIG DROP_IN`.

Prints what DROP_IN has to say, and nothing where the filter of the file UNIT lets the broker's
addresses pass. A broker that has a name needs its name server, too. What DROP_IN says already stays
while the name of the same broker cannot be resolved. Runs with the installed edgepose. Exit status
0, else 78 and the problem on stderr.
"""

import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from edgepose.config.load import load
from edgepose.errors import UserError
from edgepose.service.address_filter import (
    Address,
    Filter,
    Network,
    addresses,
    name_servers,
    networks,
)

_HEAD: Final = """# Written by edgepose's scripts/install, which takes it away for another broker.
# The broker {} is outside the networks that edgepose.service allows.
"""


def filter_of(unit: Path) -> Filter:
    """The filter that stands in the file of a unit."""
    found: dict[str, list[Network]] = {"IPAddressAllow": [], "IPAddressDeny": []}
    for line in unit.read_text().splitlines():
        name, _, words = line.partition("=")
        if name in found:
            found[name] += networks(words)
    return Filter(unit.name, tuple(found["IPAddressAllow"]), tuple(found["IPAddressDeny"]))


def needed(host: str, found: list[Address], servers: list[Address]) -> list[Address]:
    """Whom the daemon has to reach: the addresses that were `found` for the host, none where there
    are none now, and who tells them."""
    if _is_address(host) or all(each.is_loopback for each in found):
        return found
    return list(dict.fromkeys(found + servers))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def drop_in(filter_: Filter, host: str, asked: list[Address], before: str) -> str:
    """What is to be said so that `asked` pass, and was said `before`; empty where nothing is."""
    head = _HEAD.format(host)
    if not asked:
        return before if before.startswith(head) else ""
    cut = [each for each in asked if not filter_.allows(each)]
    return head + filter_.drop_in(cut) if cut else ""


def main(unit: str, config: str, file: str) -> int:
    """Print it."""
    there = Path(file)
    try:
        host = load(Path(config)).mqtt.host
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    before = there.read_text(errors="replace") if there.is_file() else ""
    asked = needed(host, addresses(host), name_servers())
    print(drop_in(filter_of(Path(unit)), host, asked, before), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
