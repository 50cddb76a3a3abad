"""Tells how a reload went: to the journal, on `/config`, and to `edgepose check` on this machine.

Runs on the daemon's loop.
"""

import contextlib
import json
import logging
from pathlib import Path
from typing import Any, Final

from edgepose.config import running as record
from edgepose.config.plan import masked
from edgepose.config.problem import Problem
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message
from edgepose.reload.candidate import Candidate
from edgepose.reload.outcome import Outcome, shortened
from edgepose.service.clock import boottime_ns, iso, unix_us

VERSION: Final = 1
MOST: Final = 20
"""Problems that are told one by one; whoever has more sees them with `edgepose check`."""
SHOWN: Final = 8
"""Hex digits of a SHA-256, enough to tell two edits apart."""

log = logging.getLogger(__name__)


class Announcer:
    """`folder` is where the record for `edgepose check` goes, None for nowhere."""

    def __init__(self, file: Path, folder: Path | None, client: Client) -> None:
        self._file = file
        self._folder = folder
        self._client = client

    def tell(self, outcome: Outcome, running: Candidate, on_disk: str | None) -> None:
        """Tell everybody. `on_disk`: SHA-256 of the file as it was read last, in hex."""
        _write_journal(outcome, running)
        report = payload(outcome, running, on_disk)
        message = json.dumps(report, separators=(",", ":"), allow_nan=False).encode()
        self._client.retain(Message(self._client.topics.config, message, qos=1, retain=True))
        if self._folder is not None:
            try:
                record.write(self._folder, self._file, running.config, report)
            except OSError as error:
                log.warning("%s: cannot be written: %s", self._folder, error.strerror)

    def close(self) -> None:
        """Take the record away."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                record.remove(self._folder)


def payload(outcome: Outcome, running: Candidate, on_disk: str | None) -> dict[str, Any]:
    """The message of `/config`; secrets are masked."""
    return {
        "v": VERSION,
        "time": iso(unix_us(boottime_ns())),
        "running": running.digest[:SHOWN],
        "on_disk": None if on_disk is None else on_disk[:SHOWN],
        "last": {
            "time": iso(unix_us(outcome.at_ns)),
            "from": outcome.origin,
            "result": outcome.result,
            "changes": [change.as_json() for change in outcome.changes],
            "errors": [_as_json(problem) for problem in outcome.problems[:MOST]],
            "more_errors": max(0, len(outcome.problems) - MOST),
        },
        "config": masked(running.config),
    }


def _as_json(problem: Problem) -> dict[str, object]:
    return {
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "message": shortened(problem.message),
        "nearest": problem.nearest,
    }


def _write_journal(outcome: Outcome, running: Candidate) -> None:
    version = running.digest[:SHOWN]
    if outcome.result == "accepted":
        for change in outcome.changes:
            log.info("config: %s (%s)", change, change.cost)
        what = "in force" if outcome.changes or outcome.origin == "start" else "no key has changed"
        log.info("config %s: %s (asked for by: %s)", version, what, outcome.origin)
        return
    for problem in outcome.problems[:MOST]:
        log.error("config: %s", problem)
    if len(outcome.problems) > MOST:
        log.error("config: and %d more: see `edgepose check`", len(outcome.problems) - MOST)
    for change in outcome.changes:
        log.error("config: not in force: %s", change)
    result = outcome.result.replace("_", " ")
    by = outcome.origin
    log.error("OLD CONFIG: %s is in force, the file is %s (asked for by: %s)", version, result, by)
