"""What the running service says of itself: how it last was, and its status line.

Runs on any thread. Raises nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure, ok, warning
from edgepose.service.thermal import WORDS

_TOLD_ELSEWHERE: Final = ("old config", "live page: ", *WORDS.values())
"""What health gives as a reason and another check tells with what to do."""
_LOG: Final = "journalctl -u edgepose -n 20   (tells more)"


def look(case: Case) -> Iterator[Finding]:
    """How it is, where it runs."""
    if case.unit is None or not case.unit.active:
        return
    told = case.unit["StatusText"]
    if case.health is None:
        yield warning("service", f"it has not told yet how it is: {told or 'no word'}")
        return
    trouble = [*_status(case.health, told), *_restarts(case.health)]
    # The last part are the rates; before them stands trouble that another check tells.
    yield from trouble or [ok("service", told.rpartition("; ")[2])]


def _status(health: Mapping[str, Any], told: str) -> Iterator[Finding]:
    status = health.get("status")
    why = [str(each) for each in health.get("why", ())]
    why = [each for each in why if not each.startswith(_TOLD_ELSEWHERE)]
    if status == "paused":
        yield warning(
            "service",
            "detection is paused, and the camera closed, because somebody has asked for it",
            "Send the command resume, or switch Detection on in Home Assistant.",
        )
    elif why:
        yield failure("service", "; ".join(why), _LOG)
    elif status == "starting":
        yield warning("service", told, "edgepose doctor   (again, soon)")


def _restarts(health: Mapping[str, Any]) -> Iterator[Finding]:
    restarts = health.get("restarts", {})
    if count := restarts.get("vision"):
        times = "once" if count == 1 else f"{count} times"
        yield warning(
            "service",
            f"the vision process had to be started again {times}; the last time: "
            f"{restarts.get('last')}",
            _LOG,
        )
