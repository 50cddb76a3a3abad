"""Whether the service may reach a host: the doctor asks from outside the unit's address filter.

Runs on any thread that may wait. Raises nothing.
"""

from collections.abc import Iterator

from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure
from edgepose.doctor.unit import NAME
from edgepose.service import address_filter


def look(case: Case, name: str, host: str) -> Iterator[Finding]:
    """What the filter cuts on the way to a host, as a finding of the check `name`."""
    filter_ = None if case.unit is None else address_filter.read(NAME)
    if filter_ is None:
        return
    addresses = address_filter.addresses(host)
    cut = [each for each in addresses if not filter_.allows(each)]
    if cut and len(cut) == len(addresses):
        where = host if str(cut[0]) == host else f"{host} ({', '.join(map(str, cut))})"
        lines = filter_.drop_in(cut).splitlines()
        yield failure(
            name,
            f"the unit's address filter keeps the service from {where}",
            "sudo systemctl edit edgepose",
            f"and write there: {lines[0]}",
            *(f"                 {line}" for line in lines[1:]),
            "sudo systemctl restart edgepose",
        )
