"""No network at boot, a name that nobody knows, a cable that is pulled, a broker that moves."""

import json
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from edgepose.mqtt.window import HOLD_S, STALLED_S
from tests.harness.afterwards import (
    BACK_S,
    FRESH_S,
    ages_s,
    assert_adds_up,
    is_whole,
    lost_at_most,
)
from tests.harness.alone import Cable, Names, only_as_root
from tests.harness.broker import Broker, free_port
from tests.harness.proxy import Proxy
from tests.harness.site import SMALL, opened
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]

NAME = "broker.test"
RATE = SMALL["camera"]["rate"]


def test_the_network_comes_and_goes(tmp_path: Path, broker: Broker) -> None:
    only_as_root()
    names, port = Names(tmp_path), free_port()
    mqtt = {"host": NAME, "port": port}
    with opened(tmp_path, broker, {"mqtt": mqtt}, *names.prefix) as site, ExitStack() as stack:
        daemon, stranger = site.daemon, site.stranger

        def wait_back() -> None:
            site.fresh_poses(3, BACK_S)
            wait_for(lambda: is_whole(broker.port), BACK_S, f"all retained: {daemon.log}")
            site.wait_health(lambda said: said["events"]["waiting"] == 0)

        def told(words: str) -> int:
            return daemon.log.count(f"{NAME}:{port}: {words}")

        # It looks for people, although nobody hears of it.
        daemon.wait_log("vision process: workers", 40)
        daemon.wait_log(f"{NAME}:{port}: Temporary failure in name resolution")
        cable = stack.enter_context(closing(Cable(daemon.pid)))
        cable.pull()
        names.say(NAME, cable.here)
        daemon.wait_log(f"{NAME}:{port}: timed out")
        cable.push()
        with (
            Proxy(broker.port, cable.here, port, make_door=cable.socket),
            Proxy(broker.port, cable.moved, port, make_door=cable.socket) as moved,
        ):
            wait_back()
            (event,) = map(json.loads, {m.payload for m in stranger.on("/event")})
            assert (event["event_type"], event["late"]) == ("entered", True)
            had, poses = len(daemon.log), len(stranger.on("/pose"))
            cable.pull()
            wait_for(lambda: "keeps trying" in daemon.log[had:], BACK_S, "a trouble")
            # Meanwhile the name has got another address.
            names.say(NAME, cable.moved)
            assert moved.connections == 0
            cable.push()
            wait_back()
            assert moved.connections >= 1
            # TCP had taken the poses of about a second, and sends them until it is told to forget.
            late = [age for age in ages_s(stranger, poses) if age > FRESH_S]
            assert len(late) <= 2 * RATE * HOLD_S
            assert max(late, default=0) < STALLED_S + FRESH_S
            # By the daemon itself, while there is a way.
            health = site.end()
    assert len(stranger.on("/event")) == 1
    assert health["restarts"]["vision"] == 0
    assert health["events"]["dropped"] == 0
    assert_adds_up(stranger, daemon.log, lost=lost_at_most(RATE, 2))
    assert told("Temporary failure in name resolution") == 1
