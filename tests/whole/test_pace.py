"""How fast it goes: idle in an empty room, slower while the kernel holds the machine back."""

import os
import signal
from pathlib import Path

import pytest

from edgepose.service.thermal import WORDS
from tests.harness.afterwards import assert_adds_up
from tests.harness.books import assert_paced
from tests.harness.broker import Broker
from tests.harness.daemon import AT_30, Daemon, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


def wait_wanted(stranger: Subscriber, rate: float) -> None:
    """Wait until health says that this is aimed at."""

    def now() -> float | None:
        healths = stranger.healths()
        return healths[-1]["rate"]["wanted"] if healths else None

    wait_for(lambda: now() == rate, 20, f"{rate:g} frames/s wanted")


def test_an_empty_room_idles_at_the_rate_that_the_config_says_now(
    tmp_path: Path, broker: Broker
) -> None:
    empty = {"camera": {"scene": "empty", "rate": 30, "idle_rate": 4}}
    with Subscriber(broker.port) as stranger, Daemon(tmp_path, broker.port, empty) as daemon:
        wait_wanted(stranger, 4)
        vision = daemon.wait_vision()
        empty["camera"]["idle_rate"] = 5
        daemon.save(config_text(broker.port, empty).encode())
        wait_wanted(stranger, 5)
        assert daemon.vision_pid == vision
        # The next one is told, too.
        os.kill(vision, signal.SIGKILL)
        daemon.wait_vision(other_than=vision)
        wait_wanted(stranger, 30)
        wait_wanted(stranger, 5)
        before = stranger.healths()[-1]
        goal = before["counters"]["captured"] + 60
        wait_for(
            lambda: stranger.healths()[-1]["counters"]["captured"] > goal,
            20,
            "60 frames",
        )
        after = stranger.healths()[-1]
        assert daemon.stop() == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        assert_adds_up(stranger, daemon.log)
    assert_paced(before, after, 5)
    assert not stranger.on("/event")


def test_it_slows_down_while_the_kernel_throttles_and_says_so(
    tmp_path: Path, broker: Broker
) -> None:
    if os.geteuid() != 0:
        pytest.skip("SKIPPED: only root may give the daemon a /sys of its own")
    platform = tmp_path / "platform"
    word = platform / "soc" / "soc:firmware" / "get_throttled"
    word.parent.mkdir(parents=True)
    word.write_text("0\n")
    mount = 'mount --bind "$0" /sys/devices/platform && exec "$@"'
    prefix = ("unshare", "--mount", "sh", "-c", mount, str(platform))
    with (
        Subscriber(broker.port) as stranger,
        Daemon(tmp_path, broker.port, AT_30, *prefix) as daemon,
    ):
        wait_wanted(stranger, 30)
        wait_for(lambda: stranger.healths()[-1]["status"] == "ok", 20, "status ok")
        word.write_text("60006\n")
        wait_wanted(stranger, 20)
        said = "rate lowered to 20/s: frequency capped, throttled"
        slowed = next(h for h in stranger.healths() if h["rate"]["wanted"] == 20)
        assert slowed["status"] == "degraded"
        assert slowed["why"] == [WORDS["frequency_capped"], WORDS["throttled"], said]
        assert slowed["throttled"] == ["frequency_capped", "throttled"]
        word.write_text("60000\n")
        still = "rate still lowered to 20/s: was frequency capped, throttled"
        wait_for(lambda: stranger.healths()[-1]["why"] == [still], 20, "still lowered")
        assert daemon.stop() == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        assert_adds_up(stranger, daemon.log)
        assert daemon.log.count("held back") == 1
        assert said in daemon.log
