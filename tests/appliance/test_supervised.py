"""The vision process under systemd: it goes before the daemon, and without it."""

import pytest

from tests.appliance.house import UNIT, House
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]


def _vision(house: House) -> str:
    """Its process id inside, empty while there is none."""
    look = "grep -las edgepose[.]vision /proc/[0-9]*/cmdline"
    found = house.machine.run("sh", "-c", look, check=False).stdout
    return found.split("/")[2] if found else ""


def test_it_is_the_first_that_the_kernel_kills_and_the_service_goes_on(installed: House) -> None:
    machine = installed.machine
    before = machine.show(UNIT, "MainPID", "NRestarts", "OOMPolicy")
    assert before["OOMPolicy"] == "continue"
    vision = _vision(installed)
    scores = [
        int(machine.run("cat", f"/proc/{pid}/oom_score_adj").stdout)
        for pid in (before["MainPID"], vision)
    ]
    assert scores == [0, 800]
    machine.run("sh", "-c", f"kill -KILL {vision}")
    wait_for(lambda: _vision(installed) not in ("", vision), 30, "another vision process")
    installed.poses_go_on()
    assert machine.show(UNIT, "MainPID", "NRestarts", "OOMPolicy") == before
    wait_for(lambda: installed.health()["status"] == "ok", 20, "status ok")
