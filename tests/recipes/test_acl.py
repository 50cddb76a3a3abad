"""mosquitto with the ACL file of config/recipes, as it is, and the settings that it asks for."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from paho.mqtt import MQTTException, publish

from tests.harness.broker import Broker
from tests.harness.daemon import Daemon
from tests.harness.site import SMALL
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.recipes.house import RECIPES

ACL = (RECIPES / "mosquitto.acl").read_text()
# What the file says to do for a second device; and somebody who hears and says all, for the tests.
KITCHEN = re.findall(r"^user hallway\n(?:topic .*\n)+", ACL, re.MULTILINE)[0].replace(
    "hallway", "kitchen"
)
WITNESS = "user witness\ntopic readwrite #\n"
USERS = ("hallway", "kitchen", "reader", "operator", "homeassistant", "visitor", "witness")

TOPICS = {
    "edgepose/hallway/state",
    "edgepose/hallway/pose/packed",
    "edgepose/hallway/command/pause",
    "edgepose/hallway/command/pause/result",
    "edgepose/kitchen/state",
    "edgepose/kitchen/command/pause",
    "edgepose/reader/state",
    "homeassistant/device/edgepose_hallway/config",
    "homeassistant/device/edgepose_kitchen/config",
    "homeassistant/status",
    "elsewhere",
}
OF_EDGEPOSE = {topic for topic in TOPICS if topic.startswith("edgepose/")}
OF_HALLWAY = {topic for topic in TOPICS if "hallway" in topic}
OF_HOME_ASSISTANT = {topic for topic in TOPICS if topic.startswith("homeassistant/")}
COMMANDS = {"edgepose/hallway/command/pause", "edgepose/kitchen/command/pause"}
SAYS: dict[str, set[str]] = {
    "hallway": OF_HALLWAY,
    "reader": set(),
    "operator": COMMANDS,
    "homeassistant": OF_HOME_ASSISTANT | COMMANDS,
    "visitor": set(),
}
HEARS: dict[str, set[str]] = {
    "hallway": OF_HALLWAY | {"homeassistant/status"},
    "reader": OF_EDGEPOSE,
    "operator": OF_EDGEPOSE,
    "homeassistant": OF_HOME_ASSISTANT | OF_EDGEPOSE,
    "visitor": set(),
}


class GuardedBroker(Broker):
    """mosquitto with the settings that the ACL file's comment tells, the paths and port its own.

    Everybody's password is the name backwards.
    """

    def __init__(self, folder: Path) -> None:
        self._acl = folder / "edgepose.acl"
        self._acl.write_text(f"{ACL}\n{KITCHEN}\n{WITNESS}")
        # mosquitto warns of files that others may read.
        self._acl.chmod(0o600)
        super().__init__(folder, {name: name[::-1] for name in USERS})

    def start(self) -> None:
        """Start it."""
        mine = self._config.read_text().splitlines()
        (told,) = re.findall(r"^#   listener (?:.*\n#   )+.*", ACL, re.MULTILINE)
        lines = [line.removeprefix("#   ") for line in told.splitlines()]
        passwords = next(line for line in mine if line.startswith("password_file"))
        own = {
            "listener": f"listener {self.port} 127.0.0.1",
            "password_file": passwords,
            "acl_file": f"acl_file {self._acl}",
        }
        lines = [own.get(line.split()[0], line) for line in lines]
        lines += [line for line in mine if line.startswith("user ")]
        self._config.write_text("\n".join(lines) + "\n")
        super().start()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedBroker]:
    with GuardedBroker(tmp_path) as broker:
        yield broker


def come(broker: Broker, name: str, topics: str = "#") -> Subscriber:
    """Somebody who comes with a user and a password."""
    return Subscriber(broker.port, topics, username=name, password=name[::-1], lawless=True)


def test_nobody_comes_without_a_user(guarded: GuardedBroker) -> None:
    with pytest.raises(MQTTException, match="Not authorized"):
        publish.single("edgepose/hallway/command/pause", hostname="127.0.0.1", port=guarded.port)


def test_everybody_says_what_they_may(guarded: GuardedBroker) -> None:
    with come(guarded, "witness") as witness:
        for name in SAYS:
            with come(guarded, name) as user:
                for topic in sorted(TOPICS):
                    user.publish(topic, name.encode())
        witness.ask()
        heard = {
            name: {m.topic for m in witness.messages if m.payload == name.encode()} for name in SAYS
        }
    assert heard == SAYS


def test_everybody_hears_what_they_may(guarded: GuardedBroker) -> None:
    with ExitStack() as there:
        users = {name: there.enter_context(come(guarded, name)) for name in HEARS}
        with come(guarded, "witness") as witness:
            for topic in sorted(TOPICS):
                witness.publish(topic, b"said")
        for user in users.values():
            user.ask()
        heard = {name: {m.topic for m in user.messages} for name, user in users.items()}
    assert heard == HEARS


def asking() -> list[str]:
    """The command that the file tells an operator to ask with."""
    (told,) = re.findall(r"^#   (mosquitto_rr .*\\\n#     .*)", ACL, re.MULTILINE)
    words = shlex.split(told.replace("\\\n#", ""))
    words[words.index("...")] = "operator"[::-1]
    return words


@pytest.mark.slow
@pytest.mark.usefixtures("model_full")
def test_a_device_works_with_it(guarded: GuardedBroker, tmp_path: Path) -> None:
    """All that the daemon says arrives, commands come in, and nobody else's do."""
    (tmp_path / "password").write_text("hallway"[::-1])
    config = {
        **SMALL,
        "device": {"id": "hallway"},
        "mqtt": {"username": "hallway", "password_file": str(tmp_path / "password")},
    }
    with (
        come(guarded, "reader", "edgepose/#") as reader,
        come(guarded, "homeassistant", "homeassistant/#") as home,
        come(guarded, "operator", "edgepose/+/command/+/result") as operator,
        Daemon(tmp_path, guarded.port, config) as daemon,
    ):
        for topic in ("availability", "health", "config", "state", "event", "pose", "pose/packed"):
            wait_for(partial(reader.on, f"hallway/{topic}"), 30, topic)
        wait_for(lambda: home.on("edgepose_hallway/config"), 10, "discovery")
        reader.publish("edgepose/hallway/command/restart-vision", b'{"id": "not allowed"}')
        operator.publish("edgepose/hallway/command/announce", b'{"id": "allowed"}')
        wait_for(lambda: operator.messages, 10, f"an answer; {daemon.log}")
        answers = [json.loads(m.payload) for m in operator.messages]
        assert [(each["id"], each["ok"]) for each in answers] == [("allowed", True)]
        asked = subprocess.run(
            [*asking(), "-p", str(guarded.port), "-W", "20"], capture_output=True, check=False
        )
        assert json.loads(asked.stdout)["ok"], asked
        assert daemon.stop() == 0
        wait_for(lambda: reader.availability()[-1] == "offline", 10, "offline")
