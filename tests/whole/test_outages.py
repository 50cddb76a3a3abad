"""Outages, each caused for real: what a stranger gets meanwhile and afterwards, and the books."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness.afterwards import (
    BACK_S,
    FRESH_S,
    ages_s,
    assert_adds_up,
    health_of,
    healths_of,
    is_whole,
    lost_at_most,
    memory_kb,
)
from tests.harness.books import assert_likely
from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.proxy import Proxy
from tests.harness.site import SMALL, Site, opened, text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


@dataclass
class Outage:
    """A daemon at work behind a bad way to its broker, and what is checked after each fault."""

    site: Site
    proxy: Proxy

    def wait_back(self) -> None:
        """Wait until all is as it was: poses, what is retained, and the books."""
        self.site.fresh_poses(3, BACK_S)
        wait_for(
            lambda: is_whole(self.site.broker.port),
            BACK_S,
            f"all that is retained: {self.site.daemon.log}",
        )
        health = self.site.wait_health(lambda said: said["events"]["waiting"] == 0)
        assert health["events"]["dropped"] == 0
        assert health["restarts"]["vision"] == 0

    def told(self, since: int) -> list[str]:
        """The lines on the broker that were logged behind the first `since` letters."""
        return [line for line in self.site.daemon.log[since:].splitlines() if "MQTT" in line]

    def counters(self) -> dict[str, int]:
        """The newest books."""
        counters: dict[str, int] = self.site.stranger.healths()[-1]["counters"]
        return counters


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    folder = tmp_path_factory.mktemp("outage")
    with Broker(folder) as broker, Proxy(broker.port) as proxy:
        with opened(folder, broker, {"mqtt": {"port": proxy.port}}) as site:
            made = Outage(site, proxy)
            made.wait_back()
            yield made
            assert proxy.corrupt == 0
            site.end()
            # Each connection but the last has ended on a broken way.
            lost = lost_at_most(SMALL["camera"]["rate"], proxy.connections)
        assert_adds_up(site.stranger, site.daemon.log, lost=lost)
        # He came once, and the broker's absence was no departure.
        # QoS 1 is at least once: a broken way may bring the same again.
        told = [json.loads(m.payload) for m in site.stranger.on("/event")]
        assert {(each["event_type"], each["id"]) for each in told} == {("entered", 1)}
        assert max(ages_s(site.stranger)) < FRESH_S


def test_cut_again_and_again_the_journal_says_it_once(outage: Outage) -> None:
    log = len(outage.site.daemon.log)
    for _ in range(3):
        outage.proxy.cut()
        outage.site.fresh_poses(1, BACK_S)
    outage.wait_back()
    # However long it took, with lines of other words between these.
    told = outage.told(log)
    assert sum("connection lost; edgepose keeps trying" in line for line in told) == 1
    assert sum("connected to" in line for line in told) == 1


def test_refused_and_let_in(outage: Outage) -> None:
    before, log = outage.counters()["offline"], len(outage.site.daemon.log)
    came = outage.proxy.connections
    outage.proxy.refuse()
    outage.site.daemon.wait_log("Connection refused", 20)
    outage.proxy.open()
    outage.wait_back()
    assert outage.counters()["offline"] > before
    assert outage.proxy.connections > came
    assert len([line for line in outage.told(log) if "Connection refused" in line]) == 1


@pytest.mark.parametrize("way", ["up", "down"])
def test_half_a_packet_and_then_nothing(outage: Outage, way: Any) -> None:
    outage.proxy.halve(way)
    wait_for(lambda: outage.proxy.halved, 10, "a piece to halve")
    outage.wait_back()


def test_a_way_that_carries_nothing_and_says_nothing_of_it(outage: Outage) -> None:
    """Neither end is told, and who connects anew is let in and hears nothing."""
    log, came = len(outage.site.daemon.log), outage.proxy.connections
    outage.proxy.hold()
    try:
        wait_for(lambda: outage.told(log), BACK_S, "that the way is broken")
        wait_for(lambda: outage.proxy.connections > came, BACK_S, "another connection")
    finally:
        outage.proxy.go_on()
    outage.wait_back()


def test_a_way_that_is_slow_gets_less_and_nothing_old(outage: Outage) -> None:
    first, before = len(outage.site.stranger.on("/pose")), outage.counters()["backpressure"]
    # Both ways: an answer takes longer than poses are sent without one.
    outage.proxy.delay_s = 0.8
    try:
        outage.site.fresh_poses(5, BACK_S)
        outage.site.wait_health(lambda said: said["counters"]["backpressure"] > before)
    finally:
        outage.proxy.delay_s = 0.0
    outage.wait_back()
    assert max(ages_s(outage.site.stranger, first)) < FRESH_S
    assert outage.site.stranger.availability()[-1] == "online"


def waits_at(port: int) -> int:
    """How many bytes wait to be sent to somebody on this port of the loopback."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    there = f":{port:04X}"
    return sum(
        int(f[4].partition(":")[0], 16) for f in map(str.split, lines) if f[2].endswith(there)
    )


def test_a_subscriber_who_does_not_read_holds_nobody_up(outage: Outage) -> None:
    before = outage.counters()["published"]
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", outage.site.broker.port))
        # CONNECT of MQTT 3.1.1 as "deaf", and SUBSCRIBE to everything with QoS 1.
        deaf.sendall(bytes.fromhex("10 10 0004 4d515454 04 02 0000 0004 64656166"))
        assert deaf.recv(4) == bytes.fromhex("20 02 00 00")
        deaf.sendall(bytes.fromhex("82 06 0001 0001 23 01"))
        # Much more than the kernel keeps for it, so that all else waits in the broker.
        for _ in range(20):
            outage.site.stranger.publish("noise", bytes(500_000))
        outage.site.fresh_poses(30, BACK_S)
        assert waits_at(deaf.getsockname()[1]) > 100_000
        outage.wait_back()
    outage.site.wait_health(lambda said: said["counters"]["published"] >= before + 30)
    assert outage.site.stranger.availability()[-1] == "online"


def test_a_broker_that_is_killed(tmp_path: Path, broker: Broker) -> None:
    """It has kept nothing: all is told again."""
    with opened(tmp_path, broker) as site:
        wait_for(lambda: is_whole(broker.port), BACK_S, "all that is retained")
        broker.kill()
        site.daemon.wait_log("keeps trying", BACK_S)
        broker.start()
        wait_for(lambda: is_whole(broker.port), BACK_S, f"all again: {site.daemon.log}")
        site.fresh_poses(3, BACK_S)
        health = site.end()
    assert_likely(healths_of(site.stranger), site.daemon.log)
    assert health["restarts"]["vision"] == 0
    # The connection was gone, and so was the stranger's: he found it online both times.
    assert set(site.stranger.availability()[:-1]) == {"online"}


def test_damaged_bytes_in_both_directions(tmp_path: Path, broker: Broker) -> None:
    file = tmp_path / "edgepose.yaml"
    with Proxy(broker.port) as proxy:
        file.write_bytes(text(proxy.port))
        with (
            Subscriber(broker.port, lawless=True) as stranger,
            Daemon(tmp_path, 0, file=file) as daemon,
        ):
            stranger.wait_poses(3, 40)
            before_kb, came = memory_kb(daemon.pid), proxy.connections
            # About two bits in each pose.
            proxy.corrupt = 1 / 700
            wait_for(
                lambda: proxy.connections >= came + 3 and proxy.corrupted > 20,
                120,
                f"damage: {proxy.connections - came} connections, {proxy.corrupted} bits",
            )
            proxy.corrupt = 0.0
            proxy.cut()
            wait_for(lambda: is_whole(broker.port), BACK_S, f"all retained: {daemon.log}")
            had = len(stranger.on("/pose"))
            wait_for(lambda: len(stranger.on("/pose")) > had + 10, BACK_S, "poses")
            grown_kb = memory_kb(daemon.pid) - before_kb
            assert daemon.stop() == 0
            health = health_of(broker.port)
        # Of what came before, much was damaged.
        assert_likely([health], daemon.log)
        assert health["restarts"]["vision"] == 0
        assert grown_kb < 8192
        assert "Traceback" not in daemon.log
        assert len(daemon.log.splitlines()) < 40, daemon.log
        print(
            f"\n{proxy.corrupted} bits, {proxy.connections - came} connections, {grown_kb} KB",
            daemon.log,
        )
