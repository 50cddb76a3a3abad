"""A check that fails, or never ends, hides none of the others."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from edgepose.config.access import oneself
from edgepose.doctor import child
from edgepose.doctor.case import Case
from edgepose.doctor.examine import CHECKS, Check, examine
from edgepose.doctor.finding import Finding, ok

CASE = Case(None, None, None, None, None, Path(sys.executable), oneself())


def well(_case: Case) -> Iterator[Finding]:
    yield ok("well", "fine")


def broken(_case: Case) -> Iterator[Finding]:
    yield ok("broken", "so far")
    raise RuntimeError("a defect\nof ours")


def endless(_case: Case) -> Iterator[Finding]:
    threading.Event().wait()
    yield ok("endless", "never")


def test_each_has_its_own_end() -> None:
    checks = (Check("endless", endless, 0.2), Check("broken", broken), Check("well", well))
    assert [(each.name, each.level, each.message) for each in examine(CASE, checks)] == [
        ("endless", "warning", "could not be looked at within 0.2 s"),
        ("broken", "warning", "could not be looked at: RuntimeError: a defect of ours"),
        ("well", "ok", "fine"),
    ]


def test_no_check_has_the_name_of_another() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_a_child_that_does_not_end_is_ended() -> None:
    began = time.monotonic()
    code = "import time; print('before', flush=True); time.sleep(600)"
    answer = child.ask(CASE.python, ["-c", code], CASE.user, 0.5)
    assert answer.code is None
    assert "took more than 0.5 s" in answer.reason
    assert time.monotonic() - began < 60


def test_a_child_s_last_line_is_its_reason() -> None:
    code = "import sys; print('one', flush=True); print('two\\0', file=sys.stderr); sys.exit(3)"
    assert child.ask(CASE.python, ["-c", code], CASE.user, 20).reason == "two"
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert child.ask(CASE.python, ["-c", code], CASE.user, 20).reason == "killed by SIGKILL"
