"""Two devices with one name: who takes it over at once, who backs off, and who asks first."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from edgepose.commands.dispatch import Commands
from edgepose.messages.command import NAMES
from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt import name as name_module
from edgepose.mqtt.client import Client, State
from edgepose.mqtt.delivery import HEALTH
from edgepose.mqtt.settings import Settings
from tests.harness.broker import Broker
from tests.mqtt.drive import TOPICS, Stranger, connected, drive, in_trouble, running, until

OURS: Final = "11112222"
THEIRS: Final = "33334444"
VERSIONS = pytest.mark.parametrize("version", ["5", pytest.param("3.1.1", marks=pytest.mark.slow)])
TAKEN: Final = "edgepose/tested is in use by another edgepose (installation 33334444): give one"


def health_of(installation: str, word: str = "well", run: str = "0000") -> bytes:
    return json.dumps({"installation": installation, "word": word, "run": run}).encode()


class Device:
    """What of a daemon has to do with its name: it retains its health and takes commands."""

    def __init__(
        self,
        port: int,
        installation: str,
        version: str = "5",
        *,
        commands: bool = True,
        run: str = "0001",
    ) -> None:
        self.announced = 0
        self._run = run
        self.client = Client(
            Settings(
                "127.0.0.1",
                port,
                f"edgepose-tested-{installation}",
                version=version,  # type: ignore[arg-type]
                installation=installation,
            ),
            TOPICS,
        )
        self._commands = Commands(
            self.client, dict.fromkeys(NAMES, self._announce), lambda: commands
        )
        self.says("well")

    def says(self, word: str) -> None:
        """Publish a health with this word."""
        body = health_of(self.client.settings.installation, word, self._run)
        self.client.retain(HEALTH.message(TOPICS.health, body))

    async def _announce(self, _fields: Mapping[str, Any]) -> None:
        self.announced += 1
        self.client.announce()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        """At work, and in the end leaves in good order."""
        task = asyncio.create_task(self._commands.run())
        try:
            async with running(self.client):
                yield self.client
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def left_by(stranger: Stranger, installation: str) -> None:
    """What stays of a device that lost its power while nobody sent its will."""
    stranger.publish(TOPICS.availability, b"online", retain=True)
    stranger.publish(TOPICS.health, health_of(installation), retain=True)


def said_by(stranger: Stranger, installation: str) -> list[str]:
    bodies = [json.loads(m.payload) for m in stranger.on("/health")]
    return [body["word"] for body in bodies if body["installation"] == installation]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused the name asks again soon."""
    monkeypatch.setattr(backoff_module, "_REFUSED_DELAYS_S", (0.05,))


@VERSIONS
def test_our_own_old_online_is_taken_over_at_once(broker: Broker, version: str) -> None:
    """Without a question: the limit for an answer never ends here."""

    async def main(stranger: Stranger) -> None:
        device = Device(broker.port, OURS, version)
        async with device.running():
            await connected(device.client)
            await until(lambda: len(said_by(stranger, OURS)) >= 2, "our health")
            await stranger.mark()
        assert stranger.on("/command/announce") == []

    with Stranger(broker.port) as stranger:
        left_by(stranger, OURS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(name_module, "ANSWER_S", 60.0)
            drive(main(stranger))
        assert [*stranger.availability()][:2] == ["online", "online"]


@VERSIONS
def test_who_was_killed_takes_its_name_over_at_once(broker: Broker, version: str) -> None:
    async def main(stranger: Stranger) -> None:
        first = Device(broker.port, OURS, version)
        task = asyncio.create_task(first.client.run())
        await connected(first.client)
        await until(lambda: said_by(stranger, OURS), "its health")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Still connected for the broker, as after a power cut.
        second = Device(broker.port, OURS, version)
        second.says("again")
        async with second.running():
            await connected(second.client)
            await until(lambda: "again" in said_by(stranger, OURS), "the second one's health")
            assert second.client.trouble is None
            # 3.1.1 knows no delay of the will: the broker sends it as the second one comes.
            await until(lambda: stranger.availability()[-1:] == ["online"], "online")
            await stranger.mark()
            assert stranger.availability()[-1] == "online"
        session = first.client._session
        assert session is not None
        session.abort("the test ends it")

    with Stranger(broker.port) as stranger:
        drive(main(stranger))


@VERSIONS
@pytest.mark.parametrize(
    "commands",
    [
        pytest.param(True, id="answers"),
        pytest.param(False, id="refuses commands", marks=pytest.mark.slow),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_newcomer_backs_off_and_takes_over_when_the_other_leaves(
    broker: Broker, caplog: pytest.LogCaptureFixture, version: str, commands: bool
) -> None:
    async def main(stranger: Stranger) -> None:
        living = Device(broker.port, THEIRS, version, commands=commands)
        newcomer = Device(broker.port, OURS, version)
        newcomer.says("new")
        async with living.running():
            await connected(living.client)
            await until(lambda: said_by(stranger, THEIRS), "its health")
            async with newcomer.running():
                trouble = await in_trouble(newcomer.client, TAKEN)
                assert trouble.endswith("of them another device.id")
                # Asked, refused, and asked again.
                await until(lambda: len(stranger.on("/command/announce")) >= 3, "three questions")
                assert newcomer.client.state is not State.CONNECTED
                await stranger.mark()
                assert said_by(stranger, OURS) == []
                assert set(stranger.availability()) == {"online"}
                assert living.client.state is State.CONNECTED
                assert living.client.trouble is None
                assert living.client.rival is None
                assert (living.announced > 0) == commands
                # It leaves, and says so itself.
                await living.client.close(1)
                await connected(newcomer.client)
                assert newcomer.client.trouble is None
                await until(lambda: said_by(stranger, OURS) == ["new"], "the newcomer's health")
                # What its will or its last word was is not answered any more.
                await until(lambda: stranger.availability()[-1:] == ["online"], "online")
        await until(lambda: stranger.availability()[-1:] == ["offline"], "offline")
        await stranger.mark()
        assert stranger.availability()[-3:] == ["offline", "online", "offline"]

    with Stranger(broker.port) as stranger:
        drive(main(stranger))
    # However often it is tried.
    warnings = [r.getMessage() for r in caplog.records if TAKEN in r.getMessage()]
    assert len(warnings) == 1


@VERSIONS
def test_the_name_of_a_dead_one_is_taken_over_after_asking(
    broker: Broker,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(name_module, "ANSWER_S", 0.4)

    async def main(stranger: Stranger) -> None:
        device = Device(broker.port, OURS, version)
        async with device.running():
            await connected(device.client)
            assert device.client.trouble is None
            assert [m.topic for m in stranger.on("/announce")] == [TOPICS.command("announce")]
            await until(lambda: said_by(stranger, OURS), "our health")

    with Stranger(broker.port) as stranger:
        left_by(stranger, THEIRS)
        drive(main(stranger))
    assert "edgepose/tested was another installation's, which is gone" in caplog.text


@VERSIONS
def test_an_online_of_nobody_that_can_be_told_is_taken_over(broker: Broker, version: str) -> None:
    async def main(stranger: Stranger) -> None:
        for health in (b"", b"{", b"[]", b'{"installation":7}', b"[" * 10_000):
            stranger.publish(TOPICS.availability, b"online", retain=True)
            stranger.publish(TOPICS.health, health, retain=True)
            device = Device(broker.port, OURS, version)
            async with device.running():
                await connected(device.client)
                await stranger.mark()
                assert stranger.on("/announce") == []

    with Stranger(broker.port) as stranger:
        drive(main(stranger))


@VERSIONS
def test_an_offline_that_somebody_else_says_is_answered(broker: Broker, version: str) -> None:
    """The late will of another device, or of our own connection before this one."""

    async def main(stranger: Stranger) -> None:
        device = Device(broker.port, OURS, version)
        async with device.running():
            await connected(device.client)
            await until(lambda: stranger.availability() == ["online"], "online")
            for number in (1, 2):
                stranger._client.publish(TOPICS.availability, b"offline", 1, retain=True)
                said = ["online", *["offline", "online"] * number]
                await until(lambda said=said: stranger.availability() == said, "the answer")  # type: ignore[misc]
            # Nobody else's word but that one is answered, and ours is not at all.
            stranger._client.publish(TOPICS.availability, b"online", 1, retain=True)
            await stranger.mark()
            assert stranger.availability().count("online") == 4
        await until(lambda: stranger.availability()[-1] == "offline", "our last word")
        await stranger.mark()
        assert stranger.availability()[-1] == "offline"

    with Stranger(broker.port) as stranger:
        drive(main(stranger))
    with Stranger(broker.port) as late:
        late.ask()
        assert late.availability() == ["offline"]


@VERSIONS
def test_two_that_live_already_say_so_until_one_is_gone(
    broker: Broker, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    """Both came to an empty broker in one moment, and neither could see the other."""

    async def main(stranger: Stranger) -> None:
        ours, theirs = (Device(broker.port, who, version) for who in (OURS, THEIRS))
        async with ours.running():
            await connected(ours.client)
            stranger.publish(TOPICS.availability, b"offline", retain=True)
            stranger.publish(TOPICS.health, retain=True)
            async with theirs.running():
                await connected(theirs.client)
                theirs.says("hello")
                await until(lambda: ours.client.rival, "what is wrong")
                ours.says("hello")
                await until(lambda: theirs.client.rival, "what is wrong, there, too")
                for _ in range(5):
                    theirs.says("again")
                await stranger.mark()
            await until(lambda: ours.client.rival is None, "that the other has left")
            await until(lambda: stranger.availability()[-1:] == ["online"], "our answer")

    with Stranger(broker.port) as stranger:
        drive(main(stranger))
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    for who in (OURS, THEIRS):
        text = f"MQTT: edgepose/tested is in use by another edgepose, too (installation {who})"
        assert [text in each for each in told].count(True) == 1


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_the_same_installation_twice_does_not_fight(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A broker ends the older of two connections with one client id. mosquitto says no word."""
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.05,))
    monkeypatch.setattr(backoff_module, "_REFUSED_DELAYS_S", (0.5,))
    twice = "is edgepose running twice with this device.id?"

    async def main(stranger: Stranger) -> None:
        first = Device(broker.port, OURS, version, run="aaaa")
        second = Device(broker.port, OURS, version, run="bbbb")
        connects = 0

        def changed() -> None:
            # As the daemon does, whose health is a new one then.
            nonlocal connects
            if second.client.state is State.CONNECTED:
                connects += 1
                second.says(str(connects))

        second.client._changed = changed
        async with first.running():
            await connected(first.client)
            async with second.running():
                await in_trouble(first.client, twice)
                # Each attempt of the first one ends the second one's connection, no more.
                await until(lambda: connects >= 4, "the second one again and again")
                await in_trouble(first.client, twice)
                await connected(second.client)
                await second.client.close(1)
            await connected(first.client)
            assert first.client.trouble is None
            await until(lambda: stranger.availability()[-1:] == ["online"], "online")

    with Stranger(broker.port) as stranger:
        drive(main(stranger))


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_what_a_run_before_has_left_is_no_second_run(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.05,))

    async def main(stranger: Stranger) -> None:
        device = Device(broker.port, OURS, version, run="aaaa")
        async with device.running():
            await connected(device.client)
            await until(lambda: said_by(stranger, OURS) == ["well", "well"], "its health")
            for _ in range(3):
                session = device.client._session
                assert session is not None
                session.abort("the test ends it")
                await until(lambda old=session: device.client._session not in (None, old), "again")  # type: ignore[misc]
                await connected(device.client)
                assert device.client.trouble is None

    with Stranger(broker.port) as stranger:
        left_by(stranger, OURS)
        drive(main(stranger))


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.usefixtures("quick")
def test_a_second_run_that_was_killed_holds_nobody_up_for_long(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.05,))

    async def main(stranger: Stranger) -> None:
        device = Device(broker.port, OURS, version, run="aaaa")
        async with device.running():
            await connected(device.client)
            session = device.client._session
            assert session is not None
            session.abort("the test ends it")
            stranger._client.publish(TOPICS.health, health_of(OURS, run="bbbb"), 1, retain=True)
            stranger._client.publish(TOPICS.availability, b"online", 1, retain=True)
            await stranger.mark()
            await until(lambda: device.client._session not in (None, session), "the end of it")
            await connected(device.client)

    with Stranger(broker.port) as stranger:
        drive(main(stranger))


@VERSIONS
@pytest.mark.usefixtures("quick")
def test_what_is_said_to_the_other_one_is_not_for_us(broker: Broker, version: str) -> None:
    resume = TOPICS.command("resume")

    async def main(stranger: Stranger) -> None:
        first, second = Device(broker.port, THEIRS, version), Device(broker.port, OURS, version)
        leave = asyncio.Event()

        async def be_the_first() -> None:
            async with first.running():
                await leave.wait()

        other = asyncio.create_task(be_the_first())
        await connected(first.client)
        async with second.running():
            await in_trouble(second.client, TAKEN)
            for _ in range(3):
                stranger.publish(resume)
            await until(lambda: len(stranger.on("/resume/result")) == 3, "the answers")
            leave.set()
            await other
            await connected(second.client)
            await until(lambda: "well" in said_by(stranger, OURS), "its health")
            stranger.publish(resume)
            await until(lambda: len(stranger.on("/resume/result")) > 3, "its answer")
            await stranger.mark()
            # What it has asked of the other one it does not do itself, either.
            assert second.announced == 1
            assert len(stranger.on("/resume/result")) == 4

    with Stranger(broker.port) as stranger:
        drive(main(stranger))
