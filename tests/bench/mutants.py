"""The long run: 2,000 files as accidents leave them, thrown at one running daemon.

No time is measured; each outcome is judged as in the tests, and one that is wrong ends the run.
"""

from statistics import median

from tests.bench.number import Number
from tests.bench.setting import Setting, say
from tests.harness.broker import Broker
from tests.harness.mutants import throw
from tests.harness.site import at_work

EACH = 100


def measure(setting: Setting) -> dict[str, Number]:
    """How many were accepted, refused and taken back."""
    folder = setting.empty_folder("mutants")
    totals: dict[str, int] = {}
    memory_mb: list[int] = []
    with (
        Broker(setting.folder) as broker,
        at_work(folder, broker, {"camera": {"rate": 30}}) as site,
    ):
        for first in range(0, setting.times(2000, EACH), EACH):
            if first:
                # A good file to begin with.
                site.edit({"device": {"name": f"From {first} on"}})
            for result, count in throw(site, EACH, first).items():
                totals[result] = totals.get(result, 0) + count
            memory_mb.append(site.stranger.healths()[-1]["memory_mb"]["daemon"])
            say(f"mutants: {first + EACH}: {totals}, daemon {memory_mb[-1]} MB")
        site.end()
    grown = memory_mb[-1] - median(memory_mb[:3])
    return {
        **{f"mutants_{result}": Number(count, "files") for result, count in totals.items()},
        "mutants_daemon_grew": Number(grown, "MB", seen={"memory_mb": memory_mb}),
    }
