"""The whole program at work before a stranger, for tests that do something to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.harness.afterwards import assert_adds_up
from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE, Daemon
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

LIGHT: Final[dict[str, Any]] = {"camera": {"rate": 10, "size": [320, 240]}}
"""A config that leaves two busy cores room."""


@contextmanager
def at_work(
    folder: Path,
    broker: Broker,
    config: dict[str, Any] = LIGHT,
    *prefix: str,
    device: str = DEVICE,
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[Subscriber, Daemon]]:
    """A daemon that publishes poses. It is ended in good order afterwards, and its books looked at;
    it must have been `online` all the time."""
    whole = {**config, "device": {"id": device}}
    with (
        Subscriber(broker.port, f"edgepose/{device}/#") as stranger,
        Daemon(folder, broker.port, whole, *prefix, environment=environment) as daemon,
    ):
        stranger.wait_poses(5)
        yield stranger, daemon
        assert daemon.stop() == 0
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        assert stranger.availability() == ["online", "offline"]
        assert_adds_up(stranger, daemon.log, device)
        assert "Traceback" not in daemon.log


def restarts(stranger: Subscriber) -> dict[str, Any]:
    """What the newest health tells of them."""
    found: dict[str, Any] = stranger.healths()[-1]["restarts"]
    return found


def wait_why(stranger: Subscriber, text: str, limit_s: float = 20) -> None:
    """Wait until the newest health gives this as a reason."""
    wait_for(
        lambda: any(text in each for each in stranger.healths()[-1]["why"]),
        limit_s,
        f"{text!r} in health",
    )


def goes_on(stranger: Subscriber) -> None:
    """Wait until poses come and nothing is wrong any more, as a health of after these poses says:
    changes are told once a second at most, and the one before may know nothing of the fault."""
    stranger.wait_poses(len(stranger.on("/pose")) + 5, 40)
    before = len(stranger.healths())
    wait_for(lambda: stranger.healths()[before:], 10, "another health")
    wait_for(lambda: stranger.healths()[-1]["status"] == "ok", 10, "status ok")
