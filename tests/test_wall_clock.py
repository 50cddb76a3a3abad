"""Who may look at the wall clock: it jumps, so nothing may wait by it or be judged by it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "edgepose"

READ_IT = {
    "wall_clock": "what time it is, for words and for whether it is set",
    "service.clock": "the time of a moment of CLOCK_BOOTTIME, for messages; sees that it was set",
    "terminal.recorder": "when a recording was begun, for whoever looks through old ones",
    "terminal.subscriber": "when a message arrived, held against the sender's time: delay",
}
"""The modules that read the wall clock themselves, and what for."""
ASK_FOR_IT = {
    "app": "the journal's words when it was set",
    "doctor.machine": "whether it is set, and what it shows",
    "mqtt.tls": "what a certificate's dates were held against, in words",
    "reload.announce": "times in /config, and whether they mean anything",
    "service.flow": "the time of a pose",
    "service.health": "the time in /health, and whether it means anything",
    "service.news": "times in /state and /event",
    "service.sharing": "times in /notice",
    "snapshot.desk": "the time of the pose of a snapshot",
}
"""The modules that have it read by one of these."""

_OF_TIME = {"time", "time_ns", "gmtime", "localtime", "ctime", "strftime", "CLOCK_REALTIME"}
_OF_DATES = {"now", "utcnow", "today"}
_OF_OURS = {"unix_us", "now_us", "watch_steps"}


def read_by(source: str) -> set[str]:
    """Of a module's source: the names by which it reads the wall clock itself."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if (owner == "time" and node.attr in _OF_TIME) or (
                owner in ("datetime", "date") and node.attr in _OF_DATES
            ):
                found.add(f"{owner}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found |= {f"time.{each.name}" for each in node.names if each.name in _OF_TIME}
    return found


def asked_by(source: str) -> set[str]:
    """The names by which it has it read."""
    return {
        each.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        and node.module in ("edgepose.wall_clock", "edgepose.service.clock")
        for each in node.names
        if each.name in _OF_OURS
    }


def sources() -> Iterator[tuple[str, str]]:
    """Each module of the package by its name in it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ".".join(path.relative_to(PACKAGE).with_suffix("").parts), path.read_text()


def test_only_these_read_the_wall_clock() -> None:
    assert {name for name, source in sources() if read_by(source)} == set(READ_IT)


def test_only_these_have_it_read() -> None:
    assert {name for name, source in sources() if asked_by(source)} == set(ASK_FOR_IT)


@pytest.mark.parametrize(
    "source",
    [
        "import time\nlate = time.time() - 3",
        "import time\ntime.clock_gettime(time.CLOCK_REALTIME)",
        "from time import time_ns",
        "from time import time as now",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.now()",
        "from datetime import date\ndate.today()",
    ],
)
def test_a_look_at_it_is_found_in_each_of_its_forms(source: str) -> None:
    assert read_by(source)


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.monotonic()",
        "import time\ntime.clock_gettime_ns(time.CLOCK_BOOTTIME)",
        "loop.time()",
        "from datetime import datetime\ndatetime.fromtimestamp(0)",
    ],
)
def test_other_clocks_are_none(source: str) -> None:
    assert not read_by(source)
