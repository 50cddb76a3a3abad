"""Tells how a reload went: to the journal, on `/config`, and to `edgepose check` on this machine.

Runs on the daemon's loop.
"""

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edgepose.config import running as record
from edgepose.config.plan import masked
from edgepose.config.problem import Problem
from edgepose.messages.plain import ABSENT, as_json, encode
from edgepose.messages.report import Change, Mistake, Reload
from edgepose.messages.report import Config as Report
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import CONFIG
from edgepose.reload.candidate import Candidate
from edgepose.reload.outcome import Outcome, shortened
from edgepose.service.clock import boottime_ns, is_unset, iso, unix_us

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
        self._last: Outcome | None = None

    def tell(
        self,
        outcome: Outcome,
        running: Candidate,
        on_disk: str | None,
        overrides: Mapping[str, Any],
    ) -> None:
        """Tell everybody. `on_disk`: SHA-256 of the file as it was read last, in hex;
        `overrides`: what commands have set over the file."""
        _write_journal(outcome, running, self._last)
        self._last = outcome
        self.tell_again(running, on_disk, overrides)

    def tell_again(
        self, running: Candidate, on_disk: str | None, overrides: Mapping[str, Any]
    ) -> None:
        """Tell everybody but the journal, because something else has changed."""
        if self._last is None:
            return
        told = report(self._last, running, on_disk, overrides)
        self._client.retain(CONFIG.message(self._client.topics.config, encode(told)))
        if self._folder is not None:
            try:
                record.write(self._folder, self._file, running.config, as_json(told))
            except OSError as error:
                log.warning("%s: cannot be written: %s", self._folder, error.strerror)

    def close(self) -> None:
        """Take the record away."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                record.remove(self._folder)


def report(
    outcome: Outcome, running: Candidate, on_disk: str | None, overrides: Mapping[str, Any]
) -> Report:
    """The message of `/config`; secrets are masked."""
    now_us = unix_us(boottime_ns())
    return Report(
        time=iso(now_us),
        running=running.digest[:SHOWN],
        on_disk=None if on_disk is None else on_disk[:SHOWN],
        last=Reload(
            time=iso(unix_us(outcome.at_ns)),
            from_=outcome.origin,
            result=outcome.result,
            changes=tuple(
                Change(each.key, each.old, each.new, each.cost.value) for each in outcome.changes
            ),
            errors=tuple(_mistake(problem) for problem in outcome.problems[:MOST]),
            more_errors=max(0, len(outcome.problems) - MOST),
        ),
        config=masked(running.config),
        set=overrides,
        clock="unset" if is_unset(now_us) else ABSENT,
    )


def _mistake(problem: Problem) -> Mistake:
    return Mistake(
        line=problem.line,
        column=problem.column,
        key=problem.key,
        message=shortened(problem.message),
        nearest=problem.nearest,
    )


def _write_journal(outcome: Outcome, running: Candidate, before: Outcome | None) -> None:
    version = running.digest[:SHOWN]
    if outcome.result == "accepted":
        for change in outcome.changes:
            log.info("config: %s (%s)", change, change.cost)
        what = "in force"
        if not outcome.changes and outcome.origin != "start":
            mended = before is not None and before.result != "accepted"
            what = "the file is good again; nothing has changed" if mended else "no key has changed"
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
