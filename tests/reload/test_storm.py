"""Many edits in a short time, good ones and bad ones, in every way."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any, Final

import pytest

from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.site import (
    Site,
    at_work,
    connects,
    digest,
    open_files,
    threads,
    threads_named,
    wait_till,
)
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
EDITS = 200
STEP_S: Final = 0.1
POOL: Final = min(32, (os.cpu_count() or 1) + 4)
"""asyncio's threads for what blocks: they come with the first need and stay."""
ANEW: Final = "vision process: starts anew for a changed configuration"
SCENES: Final = ("standing", "waving", "walking", "two_people")


class Storm:
    """Edits by chance, the same ones each time."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._chance = random.Random(8)
        self._file = site.daemon.config
        self._scene = SCENES[0]

    def good(self) -> bytes:
        """A file that works, live keys and camera's keys changed."""
        chance = self._chance
        if chance.random() < 0.15:
            # Seldom, for it takes longer than what follows it leaves it.
            self._scene = chance.choice(SCENES)
        camera = {"mirror": chance.random() < 0.5, "scene": self._scene}
        messages = {
            "landmarks": chance.choice(["blazepose33", "coco17"]),
            "formats": chance.choice([["json", "packed"], ["packed"]]),
        }
        config: dict[str, dict[str, Any]] = {"camera": camera, "messages": messages}
        return self._site.text(config) + f"# {chance.random()}\n".encode()

    def bad(self) -> bytes:
        """A file that is refused."""
        good = self.good()
        return self._chance.choice(
            [
                good.replace(b"rate", b"ratte"),
                good[: len(good) // 2] + b"\t",
                b"",
                b"\xff\0",
                b"[" * 99,
            ]
        )

    def edit(self) -> None:
        """One of them."""
        chance = self._chance
        data = self.good() if chance.random() < 0.6 else self.bad()
        way = chance.choice(["rename", "rename", "rename", "in place", "signal", "gone"])
        if way == "in place":
            self._file.write_bytes(data)
        elif way == "gone":
            self._file.unlink(missing_ok=True)
        else:
            self._site.daemon.save(data)
        if way == "signal":
            os.kill(self._site.daemon.pid, signal.SIGHUP)


@pytest.mark.slow
def test_a_storm_of_edits(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        storm = Storm(site)
        daemon = site.daemon.pid
        wait_for(lambda: "memory" not in threads_named(daemon), 10, "the end of the writing")
        # The least of some: to look at /proc takes one for a moment.
        before = min(open_files(daemon) for _ in range(20)), threads(daemon)
        most = 0
        began = time.monotonic()
        for number in range(EDITS - 3):
            storm.edit()
            most = max(most, len(site.daemon.vision_pids))
            wait_till(began + (number + 1) * STEP_S)
        # The last three: one after which nothing is tried any more, a good one, and, as soon as
        # that is tried, one that is refused.
        plain = digest(site.text())
        site.daemon.save(site.text())
        site.wait_report(lambda said: said["running"] == said["on_disk"] == plain, 30)
        starts = site.daemon.log.count(ANEW)
        camera = {"scene": "walking", "size": [160, 120]}
        last = site.text({"camera": camera, "messages": {"landmarks": "coco17"}})
        site.daemon.save(last)
        wait_for(lambda: site.daemon.log.count(ANEW) > starts, 20, "that it is tried")
        site.daemon.save(refused := b"camra: {}\n")
        lasted = time.monotonic() - began
        report = site.wait_report(
            lambda said: (said["running"], said["on_disk"]) == (digest(last), digest(refused)), 30
        )
        assert report["config"]["camera"]["scene"] == "walking"
        had = len(site.stranger.packed())
        wait_for(lambda: len(site.stranger.packed()) > had + 5, 30, "poses")
        assert {pose.set for pose in site.stranger.packed()[had:]} == {"coco17"}
        wait_for(lambda: site.memory["good"].encode() == last, 10, "the memory of it")
        assert site.memory["bad"] is None
        assert len(site.daemon.vision_pids) == 1
        assert most == 1
        wait_for(lambda: open_files(daemon) <= before[0], 10, f"no more than {before[0]} files")
        after = open_files(daemon), threads(daemon)
        outcomes = [said["last"]["result"] for said in site.stranger.configs()]
        print(
            f"\n{EDITS} edits in {lasted:.1f} s: {outcomes.count('accepted')} accepted,"
            f" {outcomes.count('refused')} refused; descriptors {before[0]} -> {after[0]},"
            f" threads {before[1]} -> {after[1]}"
        )
        assert after[1] <= before[1] + POOL
        assert "rolled_back" not in outcomes
        # It is as able as it was before.
        assert site.edit({})["last"]["result"] == "accepted"
        site.wait_health(lambda said: said["status"] == "ok")
        assert site.stranger.availability() == ["online"]
        counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    assert counters["in_flight"] == counters["crashed"] == 0
    numbers = [pose.seq for pose in site.stranger.packed()]
    assert numbers == list(range(len(numbers)))
    assert len(connects(broker, tmp_path)) == 1
    assert "CRITICAL" not in site.daemon.log
