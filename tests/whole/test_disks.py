"""What is written while it works: nothing. And what a disk that takes nothing changes: nothing."""

import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness.afterwards import assert_adds_up, healths_of
from tests.harness.alone import only_as_root
from tests.harness.books import assert_likely
from tests.harness.broker import Broker
from tests.harness.daemon import MEDIAPIPE
from tests.harness.freeze import threads_of
from tests.harness.hung_disk import HungDisk
from tests.harness.site import Site, at_work, opened
from tests.harness.trace import WRITING, calls_of, strace, written
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]

CHECKOUT = Path(__file__).parents[2]
THREADS = 4
"""The loop, one that writes, one that connects, one of the loop's that read the file."""
TERM_S = 20.0
"""A busy machine's."""
ROOM = "128k"
"""Of each of the full disks."""


def of_the_unit(folder: Path) -> dict[str, str]:
    """The environment that the unit sets, with the site's folders in the place of the service's."""
    lines = (CHECKOUT / "systemd" / "edgepose.service").read_text().splitlines()
    words = [w for line in lines if line.startswith("Environment=") for w in line[12:].split()]
    given = dict(word.split("=", 1) for word in words)
    places = {"/run/edgepose": folder / "runtime", "/var/lib/edgepose": folder / "state"}
    return {name: str(places.get(value, value)) for name, value in given.items()}


def is_disk(path: Path) -> bool:
    """Whether it may lie on a disk. The service cannot write where its code is."""
    return path.parts[1] not in ("dev", "proc", "sys") and "__pycache__" not in path.parts


def test_nothing_is_written_but_by_a_change(tmp_path: Path, broker: Broker) -> None:
    calls = tmp_path / "calls"
    prefix = strace(calls, WRITING)
    environment = of_the_unit(tmp_path)

    def writes() -> list[Path]:
        # Both processes: the one is a child of the other.
        return [p for p in written(calls_of(calls, '"--config"'), tmp_path) if is_disk(p)]

    def on_disk() -> list[Path]:
        # The runtime directory is memory; it is told there why there is no broker.
        return [path for path in writes() if path.parent != site.runtime]

    with at_work(tmp_path, broker, MEDIAPIPE, *prefix, environment=environment) as site:
        site.wait_health(lambda said: said["status"] == "ok")
        assert {p.parent for p in writes()} <= {site.state, site.runtime}
        began = on_disk()
        assert site.state / "config.json" in began
        # Somebody comes, health is told, the broker goes and comes.
        healths = len(site.stranger.healths())
        site.broker.stop()
        site.daemon.wait_log("keeps trying")
        site.broker.start()
        site.fresh_poses(30, 40)
        wait_for(lambda: len(site.stranger.healths()) > healths + 3, 20, "more of health")
        assert on_disk() == began
        site.edit({**MEDIAPIPE, "messages": {"world": True}})
        wait_for(lambda: on_disk() != began, 20, "the memory of the change")
        assert {p.parent for p in writes()} <= {site.state, site.runtime}
        site.end()
    # While the broker was away the stranger was, too.
    assert_likely(healths_of(site.stranger), site.daemon.log)
    assert {p.parent for p in writes()} <= {site.state, site.runtime}


def command(site: Site, name: str) -> dict[str, Any]:
    """Send a command and wait for its answer."""
    topic = f"/command/{name}/result"
    had = len(site.stranger.on(topic))
    site.stranger.publish(f"edgepose/tested/command/{name}")
    wait_for(lambda: len(site.stranger.on(topic)) > had, 20, f"{name}'s answer: {site.daemon.log}")
    answer: dict[str, Any] = json.loads(site.stranger.on(topic)[-1].payload)
    return answer


def fill(file: Path) -> None:
    """Take all the room that there is."""
    with contextlib.suppress(OSError), file.open("ab", buffering=0) as full:
        while full.write(bytes(512)):
            pass


def test_disks_that_take_nothing(tmp_path: Path, broker: Broker) -> None:
    only_as_root()
    environment = of_the_unit(tmp_path)
    full = [str(tmp_path / name) for name in ("state", "runtime")]
    script = (
        f'for disk in "$0" "$1"; do mount -t tmpfs -o size={ROOM} none "$disk" &&'
        ' { head -c 1M /dev/zero >"$disk/full" 2>/dev/null || :; } || exit; done; shift 1;'
        ' exec "$@"'
    )
    prefix = ("unshare", "--mount", "sh", "-c", script, *full)
    with opened(tmp_path, broker, None, *prefix, environment=environment) as site:
        site.stranger.wait_poses(3, 40)
        state = Path(f"/proc/{site.daemon.pid}/root{tmp_path}/state")
        kept = state / "config.json"
        site.daemon.wait_log("what is to outlive a restart cannot be kept: No space left on device")
        site.daemon.wait_log(f"{site.runtime}: cannot be written: No space left on device")
        assert site.edit({"messages": {"world": True}})["last"]["result"] == "accepted"
        site.fresh_poses()

        def pause_and_resume(*, lasts: bool) -> None:
            answer = command(site, "pause")
            assert answer["ok"]
            assert ("until edgepose is started again" in answer.get("message", "")) is not lasts

            def told(health: dict[str, Any]) -> bool:
                lost = "a restart ends the pause" in str(health["why"])
                return health["status"] == "paused" and lost is not lasts

            site.wait_health(told)
            assert command(site, "resume")["ok"]
            site.fresh_poses()

        pause_and_resume(lasts=False)
        assert not kept.exists()
        (state / "full").unlink()
        pause_and_resume(lasts=True)
        before = kept.read_bytes()
        assert json.loads(before)["good"]
        # In the middle of writing: there is room for a part of it.
        fill(state / "full")
        os.truncate(state / "full", (state / "full").stat().st_size - 4096)
        big = {"device": {"name": "x" * 60}, "messages": {"world": False}}
        text = site.text(big) + b"# " + b"long " * 2000
        site.edit(text)
        wait_for(lambda: site.daemon.log.count("cannot be kept") == 2, 20, site.daemon.log)
        assert kept.read_bytes() == before
        assert sorted(each.name for each in state.iterdir()) == ["config.json", "full"]
        site.fresh_poses()
        # And a card that has had enough.
        remount = ("mount", "-o", "remount,ro", full[0])
        subprocess.run(["nsenter", "-t", str(site.daemon.pid), "--mount", *remount], check=True)
        # Another engine, whose imports want to keep a list of fonts.
        site.edit(MEDIAPIPE)
        site.daemon.wait_log("cannot be kept: Read-only file system")
        site.fresh_poses()
        health = site.end()
    assert_adds_up(site.stranger, site.daemon.log)
    assert health["restarts"]["vision"] == 0
    # Once for each reason, however often it was tried.
    assert site.daemon.log.count("cannot be kept") == 3


def test_a_disk_that_does_not_answer(tmp_path: Path, broker: Broker) -> None:
    disk = HungDisk(tmp_path)
    environment = {**of_the_unit(tmp_path), **disk.environment}
    with at_work(tmp_path, broker, None, environment=environment) as site:
        wait_for(site.remembers, 20, "what it remembers")
        disk.hang()
        unkept = "until edgepose is started again: "
        answers = [command(site, name) for name in ("pause", "resume", "pause")]
        assert all(each["ok"] and each["message"].startswith(unkept) for each in answers[::2])
        site.wait_health(lambda said: "a restart ends the pause" in str(said["why"]))
        site.daemon.wait_log("the disk does not answer")
        assert site.memory["paused"] is False
        # None of it took a thread of its own.
        assert len(threads_of(site.daemon.pid, "")) <= THREADS
        disk.answer()
        wait_for(lambda: site.memory["paused"], 20, "that the pause is kept")
        site.wait_health(lambda said: said["why"] == [])
        disk.hang()
        assert command(site, "resume")["ok"]
        site.fresh_poses()
        assert site.daemon.stop(TERM_S) == 0
    assert site.stranger.availability()[-1] == "offline"
    assert site.memory["paused"] is True
