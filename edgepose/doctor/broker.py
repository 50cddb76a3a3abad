"""The broker: does it let us in, and may the service reach it?

A second connection asks, which has a client id of its own and says nothing (`mqtt/probe.py`). It is
made from here, outside the unit's address filter, so that is looked at, too. Runs on any thread but
the daemon's. Raises nothing that is not told as a finding.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from edgepose.doctor import blocked
from edgepose.doctor.case import Case
from edgepose.doctor.configured import forbidden
from edgepose.doctor.finding import SUDO, SUDO_TODO, Finding, failure, note, ok, warning
from edgepose.errors import UserError

if TYPE_CHECKING:
    from edgepose.mqtt.settings import Settings

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
        if case.root or (case.unit is None and not forbidden(error)):
            # The check of the configuration says what is wrong with the files that it names.
            yield note("broker", "not asked: mend the configuration first")
        elif case.unit is None:
            who = (
                f"the user {case.user.name} may not read a file that it names, nor run edgepose so"
            )
            yield warning("broker", f"{SUDO}: {who}", SUDO_TODO)
        else:
            yield warning("broker", f"{SUDO}: its password is for root alone", SUDO_TODO)
        return
    cut = list(blocked.look(case, "broker", settings.host))
    yield from cut
    try:
        asyncio.run(probe(replace(settings, client_id=f"{settings.client_id}-doctor")))
    except SessionError as error:
        from edgepose.doctor import refusal

        yield refusal.told(case, settings, error)
        return
    if not cut:
        yield _taken(case, settings)


def _with_password(case: Case, settings: "Settings") -> "Settings":
    """The service gets its password from systemd, as a credential."""
    file = None if case.unit is None else case.unit.password
    if settings.username is None or settings.password is not None or file is None:
        return settings
    from edgepose.mqtt.settings import read_password

    return replace(settings, password=read_password(file))


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
