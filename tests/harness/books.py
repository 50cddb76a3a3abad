"""The sums that must hold, written out a second time, not taken from the code."""

import os
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from edgepose.messages.page import Page

LOST = ("paced", "busy", "refused", "engine_lost", "link_full", "crashed")
FATES = ("published", "offline", "backpressure", "unchanged", "stale")

MOST_IN_FLIGHT: Final = 32
"""At any moment: one in the capture thread and one in the slot, two with each of four workers, and
some twenty small packets on the link."""
MOST_CRASHED: Final = 10
"""By one death: the same without the link, which the daemon reads to its end."""


def unexplained(counters: dict[str, int]) -> tuple[int, int]:
    """How many frames and how many observations the books do not explain."""
    lost = sum(counters[name] for name in LOST)
    frames = counters["captured"] - lost - counters["observed"] - counters["in_flight"]
    return frames, counters["observed"] - sum(counters[name] for name in FATES)


def assert_likely(healths: Sequence[dict[str, Any]], log: str) -> dict[str, int]:
    """Hold the healths of one run of the daemon, the last one before `offline`, to what may be:
    `in_flight` and `crashed` are what is left over, so that a frame that is forgotten or counted
    twice shows in them. What the daemon wrote says who was killed and is no restart. The last
    counters."""
    books: list[dict[str, int]] = [each["counters"] for each in healths]
    last = books[-1]
    for each in books:
        assert unexplained(each) == (0, 0)
        assert 0 <= each["in_flight"] <= MOST_IN_FLIGHT, each
    for before, after in pairwise(books):
        less = [name for name in before if name != "in_flight" and after[name] < before[name]]
        assert not less, (less, before, after)
    assert last["in_flight"] == 0, last
    no_restart = ("did not leave in", "did not stop in", "killed, and does not go")
    killed = sum(map(log.count, no_restart))
    died = healths[-1]["restarts"]["vision"] + killed
    assert last["crashed"] <= MOST_CRASHED * died, (died, last)
    return last


def assert_paced(before: dict[str, Any], after: dict[str, Any], rate: float) -> None:
    """Hold the frames between two healths to what is wanted in the time between them: the rate and
    not quite three (`vision/pacer.py`), one taken out of turn, and at each end one that is being
    counted. By time: the frames that a busy machine has missed are in no counter."""
    times = [datetime.fromisoformat(each["time"]) for each in (before, after)]
    wanted = [each["counters"]["captured"] - each["counters"]["paced"] for each in (before, after)]
    seconds = (times[1] - times[0]).total_seconds()
    assert wanted[1] - wanted[0] <= rate * seconds + 6, (seconds, wanted)


def assert_received(
    counters: dict[str, int], poses: Sequence[tuple[int, int]], lost: int = 0
) -> None:
    """Hold the last counters to what a stranger has received who was there all the time: `seq` and
    `frame` of each pose. So many that were sent may be `lost` on a way that was broken."""
    first_frame = dict(reversed(poses))
    seqs = sorted(first_frame)
    assert counters["published"] - lost <= len(seqs) <= counters["published"], counters
    frames = [first_frame[seq] for seq in seqs]
    assert frames == sorted(set(frames))
    if seqs:
        assert seqs[-1] < counters["published"]
        assert frames[-1] < counters["captured"]


def page_of(pid: int) -> Page:
    """The shared page of a running vision process, found among its open files."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        if "edgepose-page" in str(link.readlink()):
            fd = os.open(link, os.O_RDWR)
            try:
                return Page(fd)
            finally:
                os.close(fd)
    raise AssertionError(f"process {pid} has no page")
