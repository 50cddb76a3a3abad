"""The broker: does it let us in, and may the service reach it?

A second connection asks, which has a client id of its own and says nothing (`mqtt/probe.py`). It is
made from here, outside the unit's address filter, so that is looked at, too. Runs on any thread but
the daemon's. Raises nothing that is not told as a finding.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from edgepose.doctor.case import Case
from edgepose.doctor.finding import SUDO, SUDO_TODO, Finding, failure, ok, warning
from edgepose.doctor.unit import NAME
from edgepose.errors import UserError
from edgepose.service import address_filter

if TYPE_CHECKING:
    from edgepose.mqtt.settings import SessionError, Settings

ASK_S: Final = 30.0
"""Two versions of MQTT, each with the time to connect and to answer."""


def look(case: Case) -> Iterator[Finding]:
    """Ask the broker, and the unit's filter."""
    if case.config is None:
        return
    from edgepose import translate
    from edgepose.config.device import identify
    from edgepose.mqtt.probe import probe
    from edgepose.mqtt.settings import SessionError

    try:
        settings = translate.broker(case.config, identify(case.config.device).id, case.folder)
        settings = _with_password(case, settings)
    except UserError as error:
        if case.root:
            # The check of the configuration says so, too, of the files that it names.
            yield failure("broker", f"{case.config.mqtt.host}: not asked: {error}")
        else:
            yield warning("broker", f"{SUDO}: its password is for root alone", SUDO_TODO)
        return
    blocked = list(_blocked(case, settings.host))
    yield from blocked
    try:
        asyncio.run(probe(replace(settings, client_id=f"{settings.client_id}-doctor")))
    except SessionError as error:
        yield _refused(case, settings, error)
        return
    if not blocked:
        yield _taken(case, settings)


def _with_password(case: Case, settings: "Settings") -> "Settings":
    """The service gets its password from systemd, as a credential."""
    file = None if case.unit is None else case.unit.password
    if settings.username is None or settings.password is not None or file is None:
        return settings
    from edgepose.mqtt.settings import read_password

    return replace(settings, password=read_password(file))


def _blocked(case: Case, host: str) -> Iterator[Finding]:
    filter_ = None if case.unit is None else address_filter.read(NAME)
    if filter_ is None:
        return
    addresses = address_filter.addresses(host)
    cut = [each for each in addresses if not filter_.allows(each)]
    if cut and len(cut) == len(addresses):
        where = host if str(cut[0]) == host else f"{host} ({', '.join(map(str, cut))})"
        lines = filter_.drop_in(cut).splitlines()
        yield failure(
            "broker",
            f"the unit's address filter keeps the service from {where}",
            "sudo systemctl edit edgepose",
            f"and write there: {lines[0]}",
            *(f"                 {line}" for line in lines[1:]),
            "sudo systemctl restart edgepose",
        )


def _refused(case: Case, settings: "Settings", error: "SessionError") -> Finding:
    from edgepose.mqtt.settings import Failure

    file = case.file or "the configuration"
    if error.failure is Failure.UNREACHABLE:
        return failure(
            "broker",
            f"{settings.broker} cannot be reached: {error}",
            f"Does the broker run there, is it on the network? Else mend mqtt.host in {file}:",
            f"{'' if case.unit is None else 'sudo '}nano {file}" if case.file else "",
        )
    if error.failure is Failure.REFUSED and settings.tls is None:
        name = "no user name" if settings.username is None else f"the user {settings.username}"
        secret = None if case.unit is None else case.unit.password
        where = "" if secret is None else f", or the password in {secret}"
        return failure(
            "broker",
            f"{settings.broker} {error} (with {name})",
            f"Mend mqtt.username in {file}{where}; then",
            "sudo systemctl restart edgepose",
        )
    return failure("broker", f"{settings.broker} {error}", f"See mqtt in {file}.")


def _taken(case: Case, settings: "Settings") -> Finding:
    """It lets us in from here; the service may have another tale to tell."""
    runs = case.unit is not None and case.unit.active
    if runs and case.health is not None and (trouble := case.health.get("broker")):
        return failure(
            "broker",
            f"{settings.broker} takes us from here, but the service has no connection: {trouble}",
            "journalctl -u edgepose -n 20   (tells more)",
        )
    return ok("broker", f"{settings.broker} takes us{', by TLS' if settings.tls else ''}")
