"""edgepose as a service, from `scripts/install` to `scripts/uninstall`, on a Pi that is none.

One machine, in the order of these tests: each goes on where the one before it ended.
"""

import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgepose.vision.engines import EngineOptions
from edgepose.vision.sources.uri import open_uri
from tests.appliance import camera, far
from tests.appliance.far import DROP_INS, far_away
from tests.appliance.faults import away
from tests.appliance.house import INSTALL, INSTALL_S, PLACE, UNIT, House, opened
from tests.appliance.rehearsal import Rehearsal
from tests.harness import sight
from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.sandboxed import sandboxed
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.appliance, pytest.mark.slow]
PASSWORD = "a word that stands nowhere else"
SHOULDERS_AND_HIPS = (11, 12, 23, 24)
SIZE = (640, 360)
FILM, FRAMES = "street-couple.avi", 60


def files_below(root: Path) -> set[str]:
    """Every file of a root, but for those that any program may write."""
    passing = ("proc/", "sys/", "dev/", "run/", "tmp/", "var/log/", "var/cache/", "var/lib/apt/")
    found = set()
    for folder, _, names in os.walk(root):
        inside = Path(folder).relative_to(root)
        found |= {str(inside / name) for name in names}
    return {name for name in found if not name.startswith((*passing, "var/lib/systemd/"))}


def owned_by_packages(root: Path) -> set[str]:
    """Files of the installed Debian packages: the uninstaller leaves these, and says so."""
    lists = (root / "var/lib/dpkg/info").glob("*.list")
    return {line.lstrip("/") for file in lists for line in file.read_text().splitlines()}


def is_of_apt(root: Path, name: str) -> bool:
    """Whether apt or a package's own script wrote it: its books and, at midnight, their backups,
    bytecode, alternatives, and the backups of the logins."""
    path = root / name
    target = str(path.readlink()) if path.is_symlink() else ""
    return (
        name.startswith(("var/lib/dpkg/", "var/backups/", "etc/alternatives/", PLACE))
        or target.startswith("/etc/alternatives/")
        or "__pycache__" in name
        or name in {f"etc/{logins}-" for logins in ("passwd", "group", "shadow", "gshadow")}
    )


@pytest.fixture(scope="module")
def house(
    rehearsal: Rehearsal, tmp_path_factory: pytest.TempPathFactory, model_full: Path, media: Path
) -> Iterator[House]:
    film = open_uri(str(media / FILM), SIZE, 0, False)
    with opened(rehearsal, tmp_path_factory.mktemp("house"), model_full, film, FRAMES) as ready:
        yield ready


def refused(house: House, *options: str) -> str:
    """What the installer says in its last line when it gives up, nothing of edgepose installed."""
    done = house.install(*options, check=False)
    assert done.returncode not in (0, 1), done.stdout + done.stderr
    assert not (house.machine.root / "opt/edgepose").exists()
    assert not (house.machine.root / "etc/systemd/system/edgepose.service").exists()
    last: str = done.stderr.splitlines()[-1]
    assert last.startswith("edgepose: ")
    return last


def test_the_installer_refuses_in_one_sentence(house: House, tmp_path: Path) -> None:
    house.before = frozenset(files_below(house.machine.root))
    here = f"127.0.0.1:{house.broker.port}"
    with camera.unplugged(house.machine.root):
        assert "no camera is seen" in refused(house, "--broker", here)
    assert "--colour" in refused(house, "--colour", "red")
    assert "HOST:PORT" in refused(house, "--broker", "mqtt://nowhere")
    with Broker(tmp_path, users={"pi": "right"}) as strict:
        (house.machine.root / "srv/secret").write_text("wrong\n")
        said = refused(
            house,
            *("--broker", f"127.0.0.1:{strict.port}"),
            *("--user", "pi", "--password-file", "/srv/secret"),
        )
        assert "password" in said or "refuses" in said
        (house.machine.root / "srv/secret").unlink()
    stranger = ["runuser", "-u", "nobody", "--", INSTALL]
    done = house.machine.run(*stranger, "--yes", check=False)
    assert done.returncode != 0
    assert "sudo" in done.stderr


def test_the_installer_ends_with_a_proof(house: House) -> None:
    # Left over by one that was cut off.
    (house.machine.root / "opt/edgepose.new/bin").mkdir(parents=True)
    used, began = house.disk(), time.monotonic()
    done = house.install("--broker", f"127.0.0.1:{house.broker.port}", "--device-id", "pi")
    assert "Live page: off; edgepose live tells how to have it." in done.stderr
    print(f"\n{done.stderr}installed within {time.monotonic() - began:.0f} s")
    print(f"on disk: {(house.disk() - used) / 1e6:.0f} MB, Debian packages included")
    shown = house.machine.show(UNIT, "ActiveState", "SubState", "UnitFileState")
    assert shown == {"ActiveState": "active", "SubState": "running", "UnitFileState": "enabled"}
    house.poses_go_on()
    house.slow_down()


def test_it_sees_the_person_of_the_film(house: House, model_full: Path, media: Path) -> None:
    had = len(house.stranger.on("/pose"))
    house.stranger.wait_poses(had + FRAMES)
    poses = house.stranger.poses()[had:]
    assert {pose.size for pose in poses} == {SIZE}
    assert sum(bool(pose.people) for pose in poses) > 0.8 * len(poses)
    # The camera plays the film's first frames; the engine has seen the film here, too. There are
    # two in it, and which one is found depends on the frames that a busy machine looks at.
    with sandboxed() as pool:
        asked = [
            (EngineOptions(str(model_full), num_poses=most), str(media / FILM), SIZE)
            for most in (1, 2)
        ]
        films = [pool.submit(sight.film, "mediapipe", *each, FRAMES).result(60) for each in asked]
    for joint in SHOULDERS_AND_HIPS:
        there = [p.landmarks[joint] for seen in films for _, people in seen for p in people]
        came = [pose.people[0].landmarks[joint] for pose in poses if pose.people]
        near = [min(math.dist((p.x, p.y), (q.x, q.y)) for q in there) < 0.05 for p in came]
        assert sum(near) > 0.9 * len(near), [(round(p.x, 2), round(p.y, 2)) for p in came]
    health = house.health()
    assert health["camera"] == "ok"
    assert health["sensor"] == camera.NAME
    assert health["engine"] == "mediapipe"
    assert not house.holds("ai_edge_litert")
    assert unexplained(health["counters"]) == (0, 0)


def test_status_and_journal_are_for_people(house: House) -> None:
    status = house.machine.show(UNIT, "StatusText")["StatusText"]
    assert "frames/s" in status
    entries = house.machine.journal(UNIT)
    own = [entry for entry in entries if entry.get("SYSLOG_IDENTIFIER") == "edgepose"]
    connected = [entry for entry in own if "connected to" in entry["MESSAGE"]]
    assert connected
    assert connected[0]["PRIORITY"] == "6"
    assert connected[0]["LOGGER"] == "edgepose.mqtt.outage"
    # No line for each frame: some hundred have passed.
    assert len(own) < 40


def test_the_doctor_misses_what_mediapipe_needs(house: House) -> None:
    def packages() -> dict[str, Any]:
        said = house.machine.run("edgepose", "doctor", "--json", check=False).stdout
        found = json.loads(said)["findings"]
        (finding,) = (each for each in found if each["check"] == "packages")
        assert not [each for each in found if each["level"] != "ok" and each is not finding]
        return dict(finding)

    assert packages()["level"] == "ok"
    with away(next(house.machine.root.glob("usr/lib/*/libEGL.so.1"))):
        finding = packages()
    assert finding["level"] == "failure"
    assert "MediaPipe needs: libEGL.so.1" in finding["message"]
    assert finding["todo"] == "sudo apt install libegl1"


def test_how_long_it_takes_to_the_first_pose(house: House) -> None:
    house.machine.run("systemctl", "stop", UNIT)
    had = len(house.stranger.on("/pose"))
    began = time.monotonic()
    house.machine.run("systemctl", "start", UNIT)
    house.stranger.wait_poses(had + 1, 60)
    print(f"\nsystemctl start to the first pose message: {time.monotonic() - began:.1f} s")


def reported(house: House, result: str, origin: str) -> dict[str, Any]:
    """The `/config` message of a reload that ended so."""

    def found() -> dict[str, Any] | None:
        payloads = [m.payload for m in house.stranger.on("/config") if m.payload]
        newest: dict[str, Any] = json.loads(payloads[-1])
        last = newest["last"]
        return newest if (last["result"], last["from"]) == (result, origin) else None

    return wait_for(found, 30, f"a reload that is {result}, asked for by {origin}")


def status_of(house: House) -> str:
    return house.machine.show(UNIT, "StatusText")["StatusText"]


def test_an_unknown_control_is_taken_back(house: House) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    good = config.read_text()
    config.write_text(good.replace("  controls: {}", "  controls: {Brightnes: 0.1}"))
    assert config.read_text() != good
    report = reported(house, "rolled_back", "file")
    assert "Brightnes" in report["last"]["errors"][0]["message"]
    house.poses_go_on()
    said = [e for e in house.machine.journal(UNIT) if "Brightnes" in e["MESSAGE"]]
    assert int(said[-1]["PRIORITY"]) <= 3
    # A restart does not forget that.
    house.machine.run("systemctl", "restart", UNIT)
    reported(house, "refused", "start")
    house.poses_go_on()
    assert "Brightnes" in status_of(house)
    # Without a config that has worked there is nothing to go back to: it ends for good.
    house.machine.run("systemctl", "stop", UNIT)
    (house.machine.root / "var/lib/edgepose/config.json").unlink()
    house.machine.run("systemctl", "start", UNIT)
    wait_for(
        lambda: house.machine.show(UNIT, "ActiveState")["ActiveState"] == "failed", 30, "failed"
    )
    assert house.machine.show(UNIT, "ExecMainStatus")["ExecMainStatus"] == "78"
    config.write_text(good)
    house.machine.run("systemctl", "reset-failed", UNIT)
    house.machine.run("systemctl", "start", UNIT)
    house.poses_go_on()


def test_a_killed_daemon_is_started_again(house: House) -> None:
    before = house.machine.show(UNIT, "MainPID")["MainPID"]
    house.machine.run("systemctl", "kill", "--signal=KILL", UNIT)
    wait_for(
        lambda: house.machine.show(UNIT, "MainPID")["MainPID"] not in (before, "0"),
        30,
        "another daemon",
    )
    house.poses_go_on()


def test_the_watchdog_ends_a_daemon_that_stands_still(house: House) -> None:
    drop_in = house.machine.root / "etc/systemd/system/edgepose.service.d/quick.conf"
    drop_in.parent.mkdir(exist_ok=True)
    drop_in.write_text("[Service]\nWatchdogSec=3\n")
    house.machine.run("systemctl", "daemon-reload")
    house.machine.run("systemctl", "restart", UNIT)
    house.poses_go_on()
    restarts = house.machine.show(UNIT, "NRestarts")["NRestarts"]
    house.machine.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", UNIT)
    wait_for(
        lambda: house.machine.show(UNIT, "NRestarts")["NRestarts"] != restarts,
        60,
        "a restart by the watchdog",
    )
    house.poses_go_on()
    lines = [entry["MESSAGE"] for entry in house.machine.journal(UNIT)]
    assert any("atchdog timeout" in line for line in lines)
    drop_in.unlink()
    house.machine.run("systemctl", "daemon-reload")
    house.machine.run("systemctl", "restart", UNIT)
    house.poses_go_on()


def test_a_saved_file_is_in_force_at_once(house: House) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    before, pid = config.read_text(), house.machine.show(UNIT, "MainPID")
    house.machine.run(
        "sed", "-i", "s/^  mirror: false/  mirror: true/", "/etc/edgepose/edgepose.yaml"
    )
    changes = reported(house, "accepted", "file")["last"]["changes"]
    assert changes == [{"key": "camera.mirror", "old": False, "new": True, "cost": "live"}]
    config.write_text(before)
    wait_for(
        lambda: reported(house, "accepted", "file")["last"]["changes"] != changes,
        30,
        "the way back",
    )
    assert house.machine.show(UNIT, "MainPID") == pid
    house.poses_go_on()


def test_reload_with_systemctl(house: House) -> None:
    pid = house.machine.show(UNIT, "MainPID")
    house.machine.run("systemctl", "reload", UNIT)
    assert reported(house, "accepted", "signal")["last"]["changes"] == []
    assert house.machine.show(UNIT, "MainPID", "ActiveState") == {**pid, "ActiveState": "active"}
    house.poses_go_on()


def test_a_bad_edit_is_told_wherever_somebody_looks(house: House) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    before = config.read_text()
    line = before[: before.index("  rate: 10")].count("\n") + 1
    config.write_text(before.replace("  rate: 10", "  ratte: 10"))
    reported(house, "refused", "file")
    try:
        wait_for(lambda: status_of(house).startswith("OLD"), 10, "the status line")
        said_first = f"OLD CONFIG: line {line}: camera.ratte: unknown key"
        assert status_of(house).startswith(said_first)
        errors = [e for e in house.machine.journal(UNIT) if e["PRIORITY"] == "3"]
        assert any(f"edgepose.yaml:{line}:3: camera.ratte" in e["MESSAGE"] for e in errors)
        # Whoever asks systemd for a reload is told, too.
        assert house.machine.run("systemctl", "reload", UNIT, check=False).returncode != 0
        assert house.machine.show(UNIT, "ActiveState") == {"ActiveState": "active"}
        said = house.machine.run("edgepose", "check", check=False)
        assert said.returncode == 78
        assert said.stderr.startswith(
            f"edgepose runs with an OLD CONFIG: line {line}: camera.ratte"
        )
        # A power cut in the middle of it.
        house.machine.cut_power()
        house.machine.boot()
        house.poses_go_on()
        assert status_of(house).startswith(said_first)
    finally:
        config.write_text(before)
    reported(house, "accepted", "file")
    wait_for(lambda: house.health()["status"] == "ok", 10, "all is well")


def test_a_file_that_only_root_may_read(house: House) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    config.chmod(0o600)
    report = reported(house, "refused", "file")
    (error,) = report["last"]["errors"]
    print("\n", error["message"])
    assert report["on_disk"] is None
    mend = "sudo chmod a+r /etc/edgepose/edgepose.yaml"
    assert mend in error["message"]
    house.poses_go_on()
    house.machine.run(*mend.removeprefix("sudo ").split())
    reported(house, "accepted", "file")


def test_the_unit_is_tight(house: House) -> None:
    exposure = house.exposure()
    print(f"\nsystemd-analyze security: {exposure}")
    assert exposure <= 1.5


def test_a_broker_outside_the_filter_gets_a_drop_in(house: House) -> None:
    drop_in = house.machine.root / DROP_INS / "broker-address.conf"
    with far_away(house) as there:
        broker = f"{far.NAME}:{far.PORT}"
        said = there.run(INSTALL, "--broker", broker, "--yes", timeout=INSTALL_S).stderr
        print(f"\n{said}")
        lines = drop_in.read_text().splitlines()
        # Its other address, and the name server, are inside.
        wanted = ["[Service]", f"IPAddressAllow={far.ADDRESS}"]
        assert [line for line in lines if not line.startswith("#")] == wanted
        assert f"it may reach {far.ADDRESS}, too" in said
        there.poses_come()


def test_the_password_reaches_it_as_a_credential(house: House, tmp_path: Path) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    before = config.read_text()
    with Broker(tmp_path, users={"pi": PASSWORD}) as strict:
        (house.machine.root / "srv/secret").write_text(f"{PASSWORD}\n")
        login = ("--user", "pi", "--password-file", "/srv/secret")
        try:
            said = house.install("--broker", f"127.0.0.1:{strict.port}", *login).stderr
            # What the broker before this one needed.
            assert f"/{DROP_INS}/broker-address.conf is gone" in said
            assert not (house.machine.root / DROP_INS / "broker-address.conf").exists()
            with Subscriber(strict.port, username="pi", password=PASSWORD) as stranger:
                stranger.wait_poses(10, 60)
            assert PASSWORD not in config.read_text()
        finally:
            # Back to the broker of the other tests, as somebody would by hand.
            (house.machine.root / "srv/secret").unlink()
            config.write_text(before)
            house.machine.run("systemctl", "restart", UNIT)
    house.poses_go_on()


def test_a_second_install_changes_nothing(house: House) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    config.write_text(config.read_text() + "# mine\n")
    before = config.read_text()
    house.install()
    assert config.read_text() == before
    house.poses_go_on()


def test_the_engine_of_the_config_is_installed_and_the_other_goes(house: House) -> None:
    config = house.machine.root / "etc/edgepose/edgepose.yaml"
    config.write_text(config.read_text().replace("  engine: auto\n", "  engine: litert\n"))
    before = config.read_text()
    said = house.install().stderr
    assert config.read_text() == before
    assert house.holds("ai_edge_litert")
    assert not house.holds("mediapipe")
    # Other programs may have come to need them meanwhile.
    assert "libegl1" in house.packages()
    assert [
        line for line in said.splitlines() if "LiteRT does not need" in line and "libegl1" in line
    ]
    house.poses_go_on()
    assert house.health()["engine"] == "litert"


def test_it_boots_without_a_network_and_a_broker(house: House, rehearsal: Rehearsal) -> None:
    house.machine.shutdown()
    with rehearsal.machine(house.machine.files, "none") as alone:
        alone.wait_for("systemctl", "is-active", UNIT, says="active", limit_s=60)
        wait_for(
            lambda: "no broker" in alone.show(UNIT, "StatusText")["StatusText"], 30, "no broker"
        )
    house.machine.boot()
    house.poses_go_on()


def test_uninstall_leaves_what_a_person_has_written(house: House) -> None:
    drop_ins = house.machine.root / DROP_INS
    for name in ("broker-address.conf", "mine.conf"):
        (drop_ins / name).write_text("[Service]\nIPAddressAllow=203.0.113.7\n")
    house.machine.run(f"/{PLACE}/scripts/uninstall", timeout=120)
    assert [path.name for path in drop_ins.iterdir()] == ["mine.conf"]
    assert (house.machine.root / "etc/edgepose/edgepose.yaml").exists()


def test_uninstall_leaves_nothing(house: House) -> None:
    done = house.machine.run(f"/{PLACE}/scripts/uninstall", "--purge", timeout=120)
    print(done.stdout[-1500:])
    left = files_below(house.machine.root) - house.before - owned_by_packages(house.machine.root)
    assert {name for name in left if not is_of_apt(house.machine.root, name)} == set()
    # Said, and then taken away: nobody is left to say otherwise.
    wait_for(
        lambda: house.stranger.availability()[-2:] == ["offline", ""], 10, "offline, then none"
    )
