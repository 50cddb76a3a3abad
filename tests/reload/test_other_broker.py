"""Another broker is asked before the one that works is left; one that is away stops no edit."""

import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.harness.books import unexplained
from tests.harness.broker import Broker, free_port
from tests.harness.notify import Listener
from tests.harness.site import RETAINED, Site, at_work, connects, digest, text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = pytest.mark.usefixtures("model_full")


def wait_log(site: Site, words: str, count: int = 1) -> None:
    wait_for(lambda: site.daemon.log.count(words) >= count, 20, f"{words!r} {site.daemon.log}")


@pytest.mark.slow
def test_edits_take_effect_while_the_broker_is_down(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site:
        vision = site.daemon.wait_vision()
        broker.stop()
        wait_log(site, "keeps trying")
        live = {"messages": {"landmarks": "coco17"}}
        site.daemon.save(site.text(live))
        wait_log(site, f"config {digest(site.text(live))}: in force")
        assert site.daemon.vision_pids == [vision]
        both = site.text({**live, "camera": {"scene": "standing", "size": [160, 120]}})
        site.daemon.save(both)
        wait_log(site, f"config {digest(both)}: in force")
        wait_for(lambda: site.memory["good"].encode() == both, 10, "the memory of it")
        assert site.daemon.wait_vision() != vision
        # And a bad one is told when there is somebody to tell.
        site.daemon.save(b"camra: {}\n")
        wait_log(site, "OLD CONFIG")
        broker.start()
        with Subscriber(broker.port) as stranger:
            stranger.wait_poses(3)
            assert (stranger.poses()[0].set, stranger.poses()[0].size) == ("coco17", (160, 120))
            wait_for(stranger.configs, 5, "a report")
            report = stranger.configs()[-1]
            assert (report["running"], report["last"]["result"]) == (digest(both), "refused")
            assert site.daemon.stop() == 0
            wait_for(lambda: stranger.availability()[-1] == "offline", 5, "offline")
            counters = stranger.healths()[-1]["counters"]
    assert unexplained(counters) == (0, 0)
    assert counters["offline"] > 0


def test_a_wrong_broker_is_not_gone_to(tmp_path: Path, broker: Broker) -> None:
    with Listener(tmp_path) as manager:
        manager.listen()
        with at_work(tmp_path, broker, environment=manager.environment) as site:
            good, vision = site.daemon.config.read_bytes(), site.daemon.wait_vision()
            # Nobody listens there; with it a live and a camera's key, which must wait too.
            wrong = {
                "mqtt": {"port": free_port()},
                "messages": {"landmarks": "coco17"},
                "camera": {"scene": "standing"},
            }
            report = site.edit(wrong)
            last = report["last"]
            assert (last["result"], report["running"]) == ("refused", digest(good))
            assert {each["key"] for each in last["changes"]} == {
                "camera.scene",
                "messages.landmarks",
                "mqtt.port",
            }
            assert last["errors"][0]["key"] == "mqtt.port"
            assert "refused" in last["errors"][0]["message"]
            lines = site.text(wrong).decode().splitlines()
            line = next(n for n, text in enumerate(lines, 1) if text.startswith("  port:"))
            assert last["errors"][0]["line"] == line
            manager.wait_status(f"OLD CONFIG: line {line}: mqtt.port: ")
            site.wait_health(lambda said: said["status"] == "degraded")
            site.fresh_poses()
            assert site.daemon.vision_pids == [vision]
            assert site.stranger.poses()[-1].set == "blazepose33"
            # A name that is no host, and then mended; told once, however often it is asked.
            assert site.edit({"mqtt": {"host": "nobody.invalid"}})["last"]["result"] == "refused"
            had = site.daemon.log.count("OLD CONFIG")
            report = site.edit({"messages": {"landmarks": "coco17"}})
            assert report["last"]["result"] == "accepted"
            site.wait_health(lambda said: said["status"] == "ok")
            assert site.daemon.log.count("OLD CONFIG") == had
            assert site.daemon.vision_pids == [vision]
            site.end()
    assert site.stranger.availability() == ["online", "offline"]
    assert len(connects(broker, tmp_path)) == 1


@pytest.mark.slow
def test_a_broker_that_lets_us_in_later(tmp_path: Path, broker: Broker) -> None:
    """Down at first, then up with another password, then with ours."""
    with at_work(tmp_path, broker) as site, Broker(tmp_path, {"pi": "right"}) as second:
        second.stop()
        good = site.daemon.config.read_bytes()
        (tmp_path / "password").write_text("wrong\n")
        there: dict[str, dict[str, Any]] = {
            "mqtt": {"port": second.port, "username": "pi", "password_file": "password"}
        }
        report = site.edit(there)
        assert (report["last"]["result"], report["running"]) == ("refused", digest(good))
        assert "Connection refused" in report["last"]["errors"][0]["message"]
        second.start()
        # It is asked again without another edit; the new trouble is told.
        report = site.wait_report(
            lambda said: "not authorized" in str(said["last"]["errors"]), limit_s=20
        )
        assert "asked again" in report["last"]["errors"][0]["message"]
        assert report["last"]["changes"][-1] == {
            "key": "mqtt.password_file",
            "old": None,
            "new": "***",
            "cost": "reconnect",
        }
        site.fresh_poses()
        assert site.stranger.availability() == ["online"]
        assert "wrong" not in site.daemon.log
        (tmp_path / "password").write_text("right\n")
        # Another edit of the file: the password is read with it.
        site.daemon.save(site.text(there) + b"# the right one\n")
        with Subscriber(second.port, username="pi", password="right") as stranger:
            stranger.wait_poses(3)
            wait_for(lambda: stranger.configs() and stranger.healths(), 5, "the reports")
            assert stranger.configs()[-1]["last"]["result"] == "accepted"
            wait_for(lambda: stranger.healths()[-1]["status"] == "ok", 5, "status ok")
        assert site.late("#") == {}
        assert site.daemon.stop() == 0


@pytest.mark.slow
def test_it_goes_over_by_itself_when_the_new_broker_comes(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site, Broker(tmp_path) as second:
        second.stop()
        assert site.edit(text(second.port))["last"]["result"] == "refused"
        second.start()
        with Subscriber(second.port) as stranger:
            stranger.wait_poses(3)
            wait_for(stranger.configs, 5, "a report")
            assert stranger.configs()[-1]["last"]["result"] == "accepted"
            assert stranger.configs()[-1]["last"]["from"] == "file"
        assert site.late("#") == {}
        # The one that works now is the one to stay with.
        second.stop()
        site.daemon.wait_log("keeps trying")
        assert site.daemon.stop() == 0


@pytest.mark.slow
def test_a_broker_that_answers_nothing_is_left_at_once_by_a_newer_edit(
    tmp_path: Path, broker: Broker
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, at_work(tmp_path, broker) as site:
        site.daemon.save(site.text({"mqtt": {"port": silent.getsockname()[1]}}))
        asking, _ = silent.accept()
        with asking:
            report = site.edit({"messages": {"landmarks": "coco17"}}, 4)
            assert report["last"]["result"] == "accepted"
            # And what it had open there is closed.
            asking.settimeout(10)
            while asking.recv(4096):
                pass
        site.fresh_poses()
        site.end()
    assert site.stranger.availability() == ["online", "offline"]


@pytest.mark.slow
def test_a_broker_that_stands_still_is_left_all_the_same(tmp_path: Path, broker: Broker) -> None:
    with at_work(tmp_path, broker) as site, Broker(tmp_path) as second:
        vision = site.daemon.wait_vision()
        broker.signal(signal.SIGSTOP)
        site.daemon.save(text(second.port))
        with Subscriber(second.port) as stranger:
            stranger.wait_poses(3)
            wait_for(stranger.configs, 5, "a report")
            assert stranger.configs()[-1]["last"]["result"] == "accepted"
            site.daemon.wait_log("could not be cleared")
            assert site.daemon.vision_pids == [vision]
            broker.signal(signal.SIGCONT)
            assert site.daemon.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("renamed", [{"device": {"id": "other"}}, {"mqtt": {"base": "home"}}])
def test_a_new_name_while_the_broker_is_down_and_then_a_wrong_broker(
    tmp_path: Path, broker: Broker, renamed: dict[str, dict[str, Any]]
) -> None:
    """Whatever happens meanwhile, the broker that let us in is the one to come back to."""
    with at_work(tmp_path, broker) as site:
        broker.stop()
        site.daemon.wait_log("keeps trying")
        site.daemon.save(data := site.text(renamed))
        wait_for(lambda: digest(data) in said_of(site), 20, "it is told")
        mqtt = {**renamed.get("mqtt", {}), "port": free_port()}
        site.daemon.save(wrong := site.text({**renamed, "mqtt": mqtt}))
        wait_for(lambda: digest(wrong) in said_of(site), 20, "it is told")
        broker.start()
        with Subscriber(broker.port, "#") as stranger:
            stranger.wait_poses(3)
            wait_for(stranger.configs, 5, "a report")
            assert stranger.configs()[-1]["last"]["result"] == "refused"
            site.daemon.save(data)
            wait_for(lambda: stranger.configs()[-1]["running"] == digest(data), 20, "the new name")
            root = "home/tested" if "mqtt" in renamed else "edgepose/other"
            wait_for(lambda: any(m.topic == f"{root}/pose" for m in stranger.messages), 10, "poses")
            found = set(site.late("#"))
            # Home Assistant is told with a gap, perhaps later than this.
            assert {topic for topic in found if not topic.startswith("homeassistant/")} == {
                f"{root}/{name}" for name in RETAINED
            }
            assert site.daemon.stop() == 0


def said_of(site: Site) -> str:
    """The record of the last outcome, which needs no broker."""
    return (site.runtime / "config.json").read_text()
