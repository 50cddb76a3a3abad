"""A file that is no good: what is told, that the stream goes on, and that a mended one is taken."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness.books import unexplained
from tests.harness.broker import Broker
from tests.harness.notify import Listener
from tests.harness.site import Site, at_work, digest
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")
BAD = b"device: {id: tested}\ncamera:\n  source: actor\n  ratte: 30\n  rotation: 45\nalive: on\n"


def test_a_refused_file_is_told_everywhere_and_a_mended_one_too(
    tmp_path: Path, broker: Broker
) -> None:
    with Listener(tmp_path) as manager:
        manager.listen()
        with at_work(tmp_path, broker, environment=manager.environment) as site:
            vision, running = site.daemon.wait_vision(), digest(site.daemon.config.read_bytes())
            before = site.stranger.configs()[-1]["config"]
            report = site.edit(BAD)
            assert (report["running"], report["on_disk"]) == (running, digest(BAD))
            last = report["last"]
            assert (last["from"], last["result"], last["changes"]) == ("file", "refused", [])
            assert [(e["line"], e["column"], e["key"]) for e in last["errors"]] == [
                (4, 3, "camera.ratte"),
                (5, 13, "camera.rotation"),
                (6, 1, "alive"),
            ]
            assert last["errors"][0]["nearest"] == "rate"
            assert report["config"] == before
            status = manager.wait_status("OLD CONFIG: line 4: camera.ratte: ")
            assert "(and 2 more)" in status
            health = site.wait_health(lambda said: said["status"] == "degraded")
            assert health["why"][0].startswith("old config: line 4: camera.ratte: ")
            assert f"ERROR: config: {site.daemon.config}:4:3: camera.ratte: " in site.daemon.log
            assert f"ERROR: OLD CONFIG: {running} is in force" in site.daemon.log
            site.fresh_poses(5)
            # Health says it each time anew, the journal once.
            had = len(site.stranger.healths())
            wait_for(lambda: len(site.stranger.healths()) > had + 1, 10, "health again")
            assert site.stranger.healths()[-1]["status"] == "degraded"
            assert site.daemon.log.count("OLD CONFIG") == 1
            mended = site.edit({"messages": {"landmarks": "coco17"}})
            assert mended["last"]["result"] == "accepted"
            site.wait_health(lambda said: said["status"] == "ok" and said["why"] == [])
            wait_for(lambda: "OLD CONFIG" not in manager.statuses()[-1], 5, "a good status")
            assert site.daemon.vision_pids == [vision]
            # No reload but those that systemd asks for is told to it.
            assert not any("RELOADING" in told.lines for told in manager.told)
            counters = site.end()["counters"]
    assert unexplained(counters) == (0, 0)
    assert site.stranger.availability() == ["online", "offline"]


@pytest.mark.slow
def test_back_to_what_runs(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        good = site.daemon.config.read_bytes()
        site.edit(BAD)
        site.wait_health(lambda said: said["status"] == "degraded")
        report = site.edit(good)
        assert (report["last"]["result"], report["last"]["changes"]) == ("accepted", [])
        site.wait_health(lambda said: said["status"] == "ok")
        assert "the file is good again; nothing has changed (asked for by: file)" in site.daemon.log
        site.end()


def next_report(site: Site, had: int) -> dict[str, Any]:
    wait_for(lambda: site.stranger.configs(had), 10, f"a report: {site.daemon.log}")
    return site.stranger.configs()[-1]


def deleted(site: Site) -> None:
    site.daemon.config.unlink()


def a_directory(site: Site) -> None:
    site.daemon.config.unlink()
    site.daemon.config.mkdir()


def a_pipe(site: Site) -> None:
    # Whoever opens it waits for a writer; the daemon must not.
    site.daemon.config.unlink()
    os.mkfifo(site.daemon.config)


def emptied(site: Site) -> None:
    site.daemon.config.write_bytes(b"")


def huge(site: Site) -> None:
    site.daemon.config.write_bytes(b"# much\n" * 1_000_000)


def a_loop(site: Site) -> None:
    site.daemon.config.unlink()
    site.daemon.config.symlink_to(site.daemon.config)


@pytest.mark.slow
def test_whatever_takes_the_place_of_the_file(tmp_path: Path, broker: Broker) -> None:
    """One daemon, one accident after the other, each mended by a save."""
    accidents: list[tuple[Callable[[Site], None], str]] = [
        (deleted, "does not exist"),
        (a_directory, "is a directory"),
        (a_pipe, "is a pipe"),
        (emptied, "is empty"),
        (huge, "is larger than 64 KiB"),
        (a_loop, "is a link that leads back to itself"),
    ]
    with at_work(tmp_path, broker) as site:
        vision = site.daemon.wait_vision()
        good = site.daemon.config.read_bytes()
        for accident, words in accidents:
            had = len(site.stranger.configs())
            accident(site)
            report = next_report(site, had)
            assert report["last"]["result"] == "refused"
            assert words in report["last"]["errors"][0]["message"]
            assert report["running"] == digest(good)
            if accident in (deleted, a_directory, a_pipe, a_loop):
                assert report["on_disk"] is None
            site.wait_health(lambda health: health["status"] == "degraded")
            site.fresh_poses()
            if site.daemon.config.is_dir():
                site.daemon.config.rmdir()
            else:
                site.daemon.config.unlink(missing_ok=True)
            assert site.edit(good)["last"]["result"] == "accepted"
            site.wait_health(lambda health: health["status"] == "ok")
        assert site.daemon.vision_pids == [vision]
        site.end()


@pytest.mark.slow
def test_a_file_that_names_what_is_not_there(tmp_path: Path, broker: Broker) -> None:
    """It is read well, and cannot work all the same; when the thing comes, a touch is enough."""
    with at_work(tmp_path, broker) as site:
        vision = site.daemon.wait_vision()
        named: list[tuple[dict[str, dict[str, object]], str]] = [
            ({"mqtt": {"username": "pi", "password_file": "secret"}}, "mqtt.password_file"),
            ({"detection": {"model": "nowhere.task"}}, "nowhere.task"),
        ]
        for config, words in named:
            report = site.edit(config)
            assert report["last"]["result"] == "refused"
            error = report["last"]["errors"][0]
            assert words in f"{error['key']}: {error['message']}"
            assert report["config"]["mqtt"]["password_file"] is None
        with_password = site.text(named[0][0])
        site.edit(with_password)
        (tmp_path / "secret").write_text("a word\n")
        site.daemon.config.touch()
        site.wait_report(lambda said: said["running"] == digest(with_password))
        assert site.stranger.configs()[-1]["config"]["mqtt"]["password_file"] == "***"
        assert "a word" not in site.daemon.log
        assert site.daemon.vision_pids == [vision]
        site.end()
