"""All checks, run side by side, each within its time limit.

Owns the list and its order. Each check has a thread of its own, which does not keep the program
from ending. Raises nothing: a check that fails, or takes too long, is a finding.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from edgepose.doctor import (
    broker,
    camera,
    configured,
    disk,
    engine,
    live_page,
    machine,
    model,
    power,
    service,
)
from edgepose.doctor import unit as unit_
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, warning
from edgepose.doctor.typed import typed
from edgepose.service.engine import shortened

USUAL_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Check:
    """`look` gives the findings; its children have limits of their own, below `limit_s`."""

    name: str
    look: Callable[[Case], Iterable[Finding]]
    limit_s: float = USUAL_S


CHECKS: Final = (
    Check("service", service.look),
    Check("unit", lambda case: unit_.look(case.unit, case.asked)),
    Check("config", configured.look),
    Check("broker", broker.look, broker.ASK_S),
    Check("camera", camera.look, camera.OPEN_S + USUAL_S),
    Check("picamera2", camera.look_at_packages, camera.IMPORT_S + USUAL_S),
    Check("user", camera.look_at_rights),
    Check("engine", engine.look, engine.LOOK_S + 2 * engine.TRIAL_S + USUAL_S),
    Check("model", model.look, 2 * USUAL_S),
    Check("packages", engine.look_at_packages, engine.LOOK_S + USUAL_S),
    Check(live_page.NAME, live_page.look),
    Check("power", lambda _case: power.look()),
    Check("clock", lambda _case: machine.look_at_clock()),
    Check("disk", lambda case: disk.look(case.state)),
    Check("memory", lambda _case: machine.look_at_memory()),
    Check("machine", lambda _case: machine.look(machine.Machine.here())),
)
"""What a person would want to know first comes first."""


@dataclass
class _Look:
    check: Check
    found: list[Finding] = field(default_factory=list)

    def run(self, case: Case) -> None:
        try:
            self.found = [typed(each, case) for each in self.check.look(case)]
        except Exception as error:  # noqa: BLE001 - a check that fails hides none of the others
            reason = shortened(f"{type(error).__name__}: {error}")
            self.found = [warning(self.check.name, f"could not be looked at: {reason}")]


def examine(case: Case, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """What all checks have found, in their order."""
    looks = [_Look(check) for check in checks]
    began = time.monotonic()
    threads = [threading.Thread(target=each.run, args=(case,), daemon=True) for each in looks]
    for thread in threads:
        thread.start()
    found: list[Finding] = []
    for look, thread in zip(looks, threads, strict=True):
        thread.join(max(0.0, began + look.check.limit_s - time.monotonic()))
        if thread.is_alive():
            late = f"could not be looked at within {look.check.limit_s:g} s"
            found.append(warning(look.check.name, late))
        else:
            found += look.found
    return found
