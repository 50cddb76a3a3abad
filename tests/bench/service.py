"""The installation on a Pi that is none: how long, how large, how tight, how soon the first pose.

Once as auto has it, which is MediaPipe, and once with LiteRT, each on a machine that has nothing.
Needs what the rehearsal needs: root, and a network to take the packages from.
"""

import time
from pathlib import Path
from statistics import median

from edgepose.errors import UserError
from edgepose.vision.sources.actor import ActorSource
from tests.appliance.house import UNIT, House, opened
from tests.appliance.rehearsal import Rehearsal, why_not
from tests.bench.number import Number, Wanted, rounded
from tests.bench.setting import Setting, say

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "rehearsal"


def measure(setting: Setting) -> dict[str, Number]:
    """An installation for each engine, then some starts. There is no rival that installs itself."""
    reason = why_not()
    if reason:
        raise UserError(reason)
    rehearsal = Rehearsal(CACHE)
    return {
        **_installed(setting, rehearsal, "auto", ""),
        **_installed(setting, rehearsal, "litert", "_litert"),
    }


def _installed(
    setting: Setting, rehearsal: Rehearsal, engine: str, suffix: str
) -> dict[str, Number]:
    folder = setting.empty_folder(f"house-{engine}")
    scene = ActorSource("waving", (640, 480), 0)
    with opened(rehearsal, folder, setting.model, scene, 30) as house:
        used, began = house.disk(), time.monotonic()
        house.install("--broker", f"127.0.0.1:{house.broker.port}", "--engine", engine)
        seconds = time.monotonic() - began
        size, own = (house.disk() - used) / 1e6, house.disk("opt/edgepose") / 1e6
        say(f"service: {engine} installed in {seconds:.0f} s, {size:.0f} MB, {own:.0f} of it ours")
        starts = [_start(house) for _ in range(setting.times(5, 2))]
        exposure = house.exposure()
    numbers = {
        "install": Number(seconds, "s", Wanted("<=", 300)),
        "install_size": Number(size, "MB, Debian packages included", Wanted("<=", 800)),
        "environment_size": Number(own, "MB in /opt/edgepose"),
        "service_start": Number(
            median(starts), "s", Wanted("<=", 5), seen={"seconds": [rounded(s) for s in starts]}
        ),
        "exposure": Number(exposure, "systemd-analyze security", Wanted("<=", 1.5)),
    }
    return {f"{name}{suffix}": number for name, number in numbers.items()}


def _start(house: House) -> float:
    house.machine.run("systemctl", "stop", UNIT)
    had, began = len(house.stranger.on("/pose")), time.monotonic()
    house.machine.run("systemctl", "start", UNIT)
    house.stranger.wait_poses(had + 1, 60)
    return time.monotonic() - began
