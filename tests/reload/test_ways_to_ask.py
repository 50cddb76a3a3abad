"""Every way to ask for a reload, and what is none."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edgepose.reload.watch import QUIET_S
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE
from tests.harness.notify import Listener, Told
from tests.harness.site import at_work, digest, opened, text, wait_till
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
COCO = {"messages": {"landmarks": "coco17"}}
PIECES = 6
ATTEMPTS = 5
HELD_UP = f"a machine that is too busy: no {ATTEMPTS} x {PIECES} pieces without a pause"
COMMAND = f"edgepose/{DEVICE}/command/reload"


def wait_while(what: Callable[[], bool], seconds: float) -> None:
    """Look for so long whether it stays as it is."""
    until = time.monotonic() + seconds

    def over() -> bool:
        assert what()
        return time.monotonic() > until

    wait_for(over, seconds + 5, "the time")


def in_pieces(file: Path, *contents: bytes) -> bool:
    """Write one after the other in place, with pauses that are shorter than the quiet that ends an
    edit; False where a busy machine has made one of them longer."""
    longest_s, wrote_s = 0.0, None
    for content in contents:
        with file.open("wb", buffering=0) as written:
            step = -(-len(content) // PIECES)
            for at in range(0, len(content), step):
                before_s = time.monotonic()
                written.write(content[at : at + step])
                longest_s = max(longest_s, time.monotonic() - (wrote_s or before_s))
                wrote_s = before_s
                wait_till(wrote_s + QUIET_S / 3)
    return longest_s < QUIET_S


def test_a_signal_is_answered_to_the_manager(tmp_path: Path, broker: Broker) -> None:
    with Listener(tmp_path) as manager:
        manager.listen()
        with at_work(tmp_path, broker, environment=manager.environment) as site:
            wait_for(lambda: any("READY" in told.lines for told in manager.told), 5, "READY")
            had, reports = len(manager.told), len(site.stranger.configs())
            before_us = time.monotonic_ns() // 1000
            os.kill(site.daemon.pid, signal.SIGHUP)

            def reload() -> list[Told]:
                said = [t for t in manager.told[had:] if {"RELOADING", "READY"} & set(t.lines)]
                return said if len(said) > 1 else []

            began, ended = wait_for(reload, 10, "RELOADING and READY")
            after_us = time.monotonic_ns() // 1000
            assert began.lines["RELOADING"] == "1"
            assert before_us <= int(began.lines["MONOTONIC_USEC"]) <= after_us
            assert ended.lines == {"READY": "1"}
            # It is told though nothing has changed: somebody waits for an answer.
            wait_for(lambda: len(site.stranger.configs()) > reports, 5, "a report")
            last = site.stranger.configs()[-1]["last"]
            assert (last["from"], last["result"], last["changes"]) == ("signal", "accepted", [])
            # A bad file is answered, too: systemd would wait for READY until it gives up.
            site.daemon.save(b"camra: {}\n")
            os.kill(site.daemon.pid, signal.SIGHUP)
            wait_for(
                lambda: len([t for t in manager.told[had:] if "READY" in t.lines]) > 1, 10, "READY"
            )
            site.end()
            # READY is told between RELOADING and the end, never alone.
            states = [
                name
                for told in manager.told
                for name in ("RELOADING", "READY", "STOPPING")
                if name in told.lines
            ]
            assert states == ["READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING"]


def test_a_command_is_one_and_a_retained_one_is_none(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        had = len(site.stranger.configs())
        site.stranger.publish(COMMAND)
        wait_for(lambda: len(site.stranger.configs()) > had, 5, "an answer")
        assert site.stranger.configs()[-1]["last"]["from"] == "command"
        site.edit({"commands": {"enabled": False}})
        had = len(site.stranger.configs())
        site.stranger.publish(COMMAND, b"whatever \xff")
        site.daemon.wait_log("commands.enabled is false")
        site.stranger.publish(COMMAND, b"now", retain=True)
        site.edit({"device": {"name": "To be connected again", "id": "other"}})
        assert site.edit({})["last"]["result"] == "accepted"
        site.daemon.wait_log(f"{COMMAND} is retained, which a command must not be")
        # Whoever connects now is given the retained command: it asked for nothing.
        origins = {report["last"]["from"] for report in site.stranger.configs()[had:]}
        assert origins == {"file"}
        site.end()


@pytest.mark.slow
def test_a_touch_changes_nothing(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        had, log = len(site.stranger.configs()), site.daemon.log
        file = site.daemon.config
        file.touch()
        wait_while(lambda: len(site.stranger.configs()) == had, 2 * QUIET_S)
        file.chmod(0o640)
        file.write_bytes(file.read_bytes())
        wait_while(lambda: len(site.stranger.configs()) == had, 2 * QUIET_S)
        site.daemon.save(file.read_bytes())
        wait_while(lambda: len(site.stranger.configs()) == had, 2 * QUIET_S)
        assert site.daemon.log == log
        site.end()


def test_a_write_in_pieces_is_judged_when_it_is_whole(tmp_path: Path, broker: Broker) -> None:
    # In the middle of it, it is bad; long, so that there are many middles.
    bad_so_far = b"# a comment\n" * 40 + b"camera:\n  source: actor\n  ratte: 3"
    with at_work(tmp_path, broker) as site:
        for _ in range(ATTEMPTS):
            had, data = len(site.stranger.configs()), site.text(COCO)
            if in_pieces(site.daemon.config, bad_so_far, data):
                break
            # What was told of it proves nothing.
            site.edit({})
        else:
            pytest.fail(HELD_UP)
        report = site.told(data, had)
        assert report["last"]["result"] == "accepted"
        assert len(site.stranger.configs()) == had + 1
        site.end()
        assert "OLD CONFIG" not in site.daemon.log


@pytest.mark.slow
def test_a_new_file_that_is_begun_in_the_place_of_the_old(tmp_path: Path, broker: Broker) -> None:
    """It cannot be told from one that was renamed, so its half may be judged; it ends well."""
    with at_work(tmp_path, broker) as site:
        for _ in range(ATTEMPTS):
            had, data = len(site.stranger.configs()), site.text(COCO)
            site.daemon.config.rename(tmp_path / "edgepose.yaml~")
            if in_pieces(site.daemon.config, data):
                break
            site.edit({})
        else:
            pytest.fail(HELD_UP)
        assert site.told(data, had)["last"]["result"] == "accepted"
        assert {said["last"]["result"] for said in site.stranger.configs()[had:-1]} <= {"refused"}
        site.wait_health(lambda health: health["status"] == "ok")
        site.end()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["kubernetes", "ansible", "link"])
def test_a_rename_behind_a_link(tmp_path: Path, broker: Broker, way: str) -> None:
    mounted = tmp_path / "etc"
    mounted.mkdir()
    file = mounted / "edgepose.yaml"

    def put(data: bytes, number: int) -> None:
        folder = mounted / f"..2026_11_2{number}"
        folder.mkdir()
        (folder / "edgepose.yaml").write_bytes(data)
        if way == "kubernetes":
            # A ConfigMap: file -> ..data/file, ..data -> ..2026, and ..data is exchanged.
            fresh, place, target = mounted / "..data_tmp", mounted / "..data", folder.name
        elif way == "ansible":
            # A role that links releases: the parent of the file is exchanged.
            fresh, place, target = mounted / "new", mounted / "current", folder.name
        else:
            fresh, place, target = mounted / "link", file, f"{folder.name}/edgepose.yaml"
        fresh.symlink_to(target)
        fresh.replace(place)

    put(text(broker.port), 1)
    if way == "kubernetes":
        file.symlink_to("..data/edgepose.yaml")
    elif way == "ansible":
        file = mounted / "current" / "edgepose.yaml"
    with at_work(tmp_path, broker, file=file) as site:
        for number, config in ((2, COCO), (3, {})):
            had = len(site.stranger.configs())
            put(data := site.text(config), number)
            assert site.told(data, had)["last"]["result"] == "accepted"
        if way == "ansible":
            # The template module: beside the file, then renamed over it.
            had = len(site.stranger.configs())
            fresh = file.with_name(".ansible_tmp1edgepose.yaml")
            fresh.write_bytes(data := site.text(COCO))
            fresh.replace(file)
            assert site.told(data, had)["last"]["result"] == "accepted"
        assert site.memory["file"] == str(file)
        site.end()


@pytest.mark.slow
def test_an_edit_in_the_moment_of_the_start_is_seen(tmp_path: Path, broker: Broker) -> None:
    with Listener(tmp_path) as manager:
        manager.fill()
        with opened(tmp_path, broker, environment=manager.environment) as site:
            # It has read its file, and waits for room to say that it is ready.
            wait_for((site.runtime / "config.json").exists, 20, "the record")
            site.daemon.save(data := site.text(COCO))
            manager.listen()
            report = site.wait_report(lambda said: said["running"] == digest(data), 10)
            assert report["last"]["from"] == "file"
            site.end()
