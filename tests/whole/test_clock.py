"""A wall clock that nobody has set, and one that is set back and forth, while the daemon runs."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import dropwhile
from pathlib import Path
from typing import Any

import pytest

from tests.harness.afterwards import assert_adds_up
from tests.harness.alone import only_as_root
from tests.harness.broker import Broker, Encryption
from tests.harness.daemon import DEVICE
from tests.harness.site import Site, connects, opened, wait_till
from tests.harness.wait import wait_for
from tests.harness.wall_clock import DAY_S, WallClock, off_s
from tests.mqtt.certificates import Certificates

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]

SWITCHED_ON = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
"""What a machine without a battery shows after its start."""
LIMIT_S = 30
"""For what is retained to be said anew; a person expects it within a minute."""


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[WallClock]:
    made = WallClock(tmp_path)
    yield made
    made.close()


def newest(site: Site, topic: str) -> dict[str, Any]:
    messages = [m for m in site.stranger.on(topic) if m.payload]
    return json.loads(messages[-1].payload) if messages else {}


def wait_told(site: Site, by_s: float, *, unset: bool) -> None:
    """Wait until everything says times by a clock that is off by so much, and whether it is set."""

    def right(said: str) -> bool:
        # Not older than the clock was set, and not of the future.
        return by_s - LIMIT_S < off_s(said) < by_s + 5

    def told() -> bool:
        state, health, config = (newest(site, t) for t in ("/state", "/health", "/config"))
        if not (state and health and config and site.stranger.on("/pose")):
            return False
        pose = newest(site, "/pose")
        flags = [each.get("clock") == "unset" for each in (state, health, config, pose)]
        packed = site.stranger.packed()[-1]
        pose_time = datetime.fromtimestamp(pose["unix_us"] / 1e6, UTC).isoformat()
        times = [state["time"], health["time"], config["time"], pose_time]
        return {*flags, packed.clock_unset} == {unset} and all(right(each) for each in times)

    wait_for(told, LIMIT_S, f"times by a clock that is off by {by_s} s: {site.daemon.log}")


def wait_since(site: Site, by_s: float) -> None:
    """Wait until the times of what began earlier are by a clock that is off by so much."""

    def told() -> bool:
        people = newest(site, "/state")["people"]
        began = [*(each["since"] for each in people), newest(site, "/config")["last"]["time"]]
        return bool(people) and all(by_s - 120 < off_s(each) < by_s + 5 for each in began)

    wait_for(told, LIMIT_S, f"since when, by a clock that is off by {by_s} s")


def test_the_wall_clock_is_set_while_it_runs(tmp_path: Path, clock: WallClock) -> None:
    made = Certificates(tmp_path)
    secret = Encryption(made.pem("broker"), made.key("broker"))
    with Broker(tmp_path, encryption=secret) as broker:
        mqtt = {
            "host": "localhost",
            "port": broker.tls_port,
            "tls": True,
            "cafile": str(made.pem("ca")),
        }
        clock.show(SWITCHED_ON)
        with opened(tmp_path, broker, {"mqtt": mqtt}, environment=clock.environment) as site:
            # The certificate is of later.
            site.daemon.wait_log("the clock of this machine is not set (it shows 1970-01-01)")
            site.daemon.wait_log("workers:")
            # Somebody is there, which waits to be said.
            wait_till(time.monotonic() + 2)
            clock.be_off(0)
            site.stranger.wait_poses(3)
            wait_told(site, 0, unset=False)
            wait_since(site, 0)
            event = newest(site, "/event")
            assert "clock" not in event
            assert -120 < off_s(event["time"]) < 5
            before = site.stranger.healths()[-1]["counters"]

            for by_s, unset in (
                (SWITCHED_ON.timestamp() - time.time(), True),
                (DAY_S, False),
                (-DAY_S, False),
                (0, False),
            ):
                clock.be_off(by_s)
                wait_told(site, by_s, unset=unset)
                wait_since(site, by_s)
            health = site.end()
            after = assert_adds_up(site.stranger, site.daemon.log)
            grown = {name: after[name] - before[name] for name in before}
            # Nothing was taken for too early, too old or too soon after the one before.
            held_back = grown["paced"] + grown["stale"] + grown["unchanged"]
            assert held_back < grown["published"] / 10, grown
            assert site.stranger.availability() == ["online", "offline"]
            assert len(connects(broker, tmp_path, f"edgepose-{DEVICE}-")) == 1
            assert len(site.stranger.on("/event")) == 1
            assert health["restarts"]["vision"] == 0
            statuses = [each["status"] for each in site.stranger.healths()]
            assert set(dropwhile(lambda status: status != "ok", statuses)) == {"ok"}
            # Once for each time that it was set.
            assert site.daemon.log.count("the wall clock was set") == 5


def test_a_time_that_was_saved_until_a_time_server_is_reached(
    tmp_path: Path, broker: Broker
) -> None:
    only_as_root()
    script = (
        "mount -t tmpfs none /run && mkdir -p /run/systemd/timesync &&"
        ' { [ ! -d /sys/class/rtc ] || mount -t tmpfs none /sys/class/rtc; } && exec "$@"'
    )
    prefix = ("unshare", "--mount", "sh", "-c", script, "sh")
    with opened(tmp_path, broker, None, *prefix) as site:
        site.stranger.wait_poses(3, 40)
        wait_told(site, 0, unset=True)
        # It finds nothing to set: the time that was saved was right.
        within = Path("/proc", str(site.daemon.pid), "root")
        (within / "run/systemd/timesync/synchronized").touch()
        site.daemon.wait_log("the wall clock is right")
        wait_told(site, 0, unset=False)
        assert "the wall clock was set" not in site.daemon.log
        site.end()
