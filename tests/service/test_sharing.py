"""The notice that the camera's pictures can be had: said before they can, taken back after."""

import json
from typing import Any

import pytest

from edgepose.config.model import Config, Live, Snapshot
from edgepose.messages.control import AllowPictures, Command
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message, Settings
from edgepose.mqtt.topics import Topics
from edgepose.service import sharing as module
from edgepose.service.counters import Counters
from edgepose.service.sharing import Sharing
from edgepose.service.vision import Vision
from edgepose.translate import shared


class Heard(Vision):
    """Notes what a vision process would be told, in one row with what a broker would be."""

    def __init__(self) -> None:
        super().__init__(Counters(), lambda _observation: "published", lambda: None)
        self.row: list[Any] = []

    def _command(self, command: Command) -> None:
        self.row.append(command)

    def retained(self, message: Message) -> None:
        assert message.topic == "edgepose/hall/notice"
        assert (message.qos, message.retain) == (1, True)
        self.row.append(json.loads(message.payload) if message.payload else None)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def sharing(heard: Heard) -> Sharing:
    client = Client(Settings("127.0.0.1", 1, "edgepose-hall"), Topics("edgepose", "hall"))
    client.overheard = heard.retained
    return Sharing(client, heard)


def ways(said: Any) -> Any:
    """A notice's ways, or the command as it is."""
    return said["camera_picture"] if isinstance(said, dict) else said


def test_it_is_said_before_a_picture_can_be_and_taken_back_after(
    sharing: Sharing, heard: Heard
) -> None:
    sharing.allow(())
    assert heard.row == [None]
    sharing.allow(("live",))
    sharing.allow(("live", "snapshot"))
    sharing.allow(("snapshot",))
    sharing.allow(())
    assert [ways(each) for each in heard.row[1:]] == [
        ["live"],
        AllowPictures(live=True, still=False),
        ["live", "snapshot"],
        AllowPictures(live=True, still=True),
        AllowPictures(live=False, still=True),
        ["snapshot"],
        AllowPictures(live=False, still=False),
        None,
    ]


def test_each_snapshot_is_told(sharing: Sharing, heard: Heard) -> None:
    sharing.allow(("snapshot",))
    sharing.snapshot_taken()
    sharing.snapshot_taken()
    said = [each for each in heard.row if isinstance(each, dict)]
    assert [each["snapshots"] for each in said] == [0, 1, 2]
    assert said[0]["last_snapshot"] is None
    assert said[2]["last_snapshot"].endswith("Z")
    assert "clock" not in said[2]
    had = len(heard.row)
    sharing.tell()
    assert len(heard.row) == had


def test_while_the_clock_is_not_set_it_says_so(
    sharing: Sharing, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_unset", lambda _at_us: True)
    sharing.allow(("live",))
    assert heard.row[0]["clock"] == "unset"
    monkeypatch.undo()
    # When it was set, it is said anew.
    sharing.tell(again=True)
    assert "clock" not in heard.row[-1]


def test_an_old_config_lets_nothing_out(sharing: Sharing, heard: Heard) -> None:
    sharing.allow(("live", "snapshot"), old=True)
    assert heard.row == [None]
    assert sharing.ways == ()


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Config(), ()),
        (Config(live=Live(camera_picture=True)), ()),
        (Config(live=Live(enabled=True)), ()),
        (Config(live=Live(enabled=True, camera_picture=True)), ("live",)),
        (Config(snapshot=Snapshot(camera_picture=True)), ("snapshot",)),
    ],
)
def test_by_what_a_config_lets_it_out(config: Config, expected: tuple[str, ...]) -> None:
    assert shared(config) == expected
