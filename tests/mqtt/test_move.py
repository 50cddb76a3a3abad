"""Going over to another broker or another name, asking a broker first, and commands."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.mqtt.behind import Place, place
from edgepose.mqtt.client import Client, State
from edgepose.mqtt.probe import probe
from edgepose.mqtt.settings import Message, Received, SessionError, Settings, read_password
from edgepose.mqtt.topics import Topics
from tests.harness.broker import Broker
from tests.harness.wait import wait_for
from tests.mqtt.drive import TOPICS, client_for, connected, drive, running, until
from tests.mqtt.drive import Stranger as Subscriber

OTHER = Topics("edgepose", "other")
HEALTH = b'{"installation":"11112222"}'


def retained_on(broker: Broker, topics: str = "edgepose/#") -> dict[str, bytes]:
    """What a late subscriber finds; a message of its own comes behind all that is retained."""
    with Subscriber(broker.port, topics) as late:
        late._client.publish("edgepose/end", b"end")
        asyncio.run(until(lambda: late.on("/end"), "the end of what is retained"))
        return {m.topic: m.payload for m in late.messages if m.retain}


def settings(broker: Broker, **more: str) -> Settings:
    made = {"installation": "11112222", **more}
    return Settings("127.0.0.1", broker.port, "edgepose-tested", **made)  # type: ignore[arg-type]


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path)
    yield broker
    broker.stop()


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


async def move(client: Client, where: Settings, topics: Topics) -> None:
    client.retain(Message(client.topics.health, b"{}", qos=1, retain=True))
    await client.move(where, topics)
    client.retain(Message(client.topics.health, b"{}", qos=1, retain=True))
    await connected(client)
    await until(lambda: client._session and not client._session.receipts.waiting, "it is all read")


def test_another_name_takes_what_was_retained_with_it(broker: Broker) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            await move(client, settings(broker), OTHER)
            found = await asyncio.to_thread(retained_on, broker)
        assert found == {OTHER.availability: b"online", OTHER.health: b"{}"}

    with Subscriber(broker.port, f"{TOPICS.root}/#") as old:
        drive(main())
        wait_for(lambda: old.availability()[-1:] == [""], 5, "its end")
        # Taken back, and not said again by a will.
        assert old.availability() == ["online", ""]


def test_another_broker_is_left_clean(broker: Broker, second: Broker) -> None:
    async def main() -> tuple[dict[str, bytes], dict[str, bytes]]:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            await move(client, settings(second), TOPICS)
            return await asyncio.to_thread(lambda: (retained_on(broker), retained_on(second)))

    left, found = drive(main())
    assert left == {}
    assert found == {TOPICS.availability: b"online", TOPICS.health: b"{}"}


def test_another_password_at_the_same_place_clears_nothing(tmp_path: Path) -> None:
    broker = Broker(tmp_path, {"jo": "one", "al": "two"})
    before = settings(broker, username="jo", password="one")
    after = settings(broker, username="al", password="two")

    async def main() -> None:
        client = Client(before, TOPICS)
        async with running(client):
            await connected(client)
            await move(client, after, TOPICS)

    try:
        with Subscriber(broker.port, username="jo", password="one") as stranger:
            drive(main())
            wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
            assert stranger.availability() == ["online", "online", "offline"]
            assert b"" not in [m.payload for m in stranger.messages]
    finally:
        broker.stop()


def test_away_from_a_broker_that_is_away(
    broker: Broker, second: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            broker.stop()
            await until(lambda: client.state is not State.CONNECTED, "the loss")
            await move(client, settings(second), OTHER)

    drive(main())
    assert (
        f"retained under {TOPICS.root} at 127.0.0.1:{broker.port} could not be cleared"
        in caplog.text
    )


def test_two_moves_one_behind_the_other(broker: Broker) -> None:
    third = Topics("edgepose", "third")

    async def main() -> dict[str, bytes]:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            one = asyncio.create_task(client.move(settings(broker), OTHER))
            await asyncio.sleep(0)
            await client.move(settings(broker), third)
            assert one.done()
            await connected(client)
            return await asyncio.to_thread(retained_on, broker)

    assert drive(main()) == {third.availability: b"online"}


def test_asking_disturbs_nobody(broker: Broker) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            session = client._session
            await probe(settings(broker))
            assert client._session is session
            assert session is not None
            assert not session.lost.done()

    with Subscriber(broker.port) as stranger:
        drive(main())
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
        assert stranger.availability() == ["online", "offline"]


def test_asking_one_that_refuses(tmp_path: Path) -> None:
    broker = Broker(tmp_path, {"jo": "one"})
    try:
        with pytest.raises(SessionError, match=r"not authorized|bad user name"):
            drive(probe(settings(broker, username="jo", password="two")))
        drive(probe(settings(broker, username="jo", password="one")))
    finally:
        broker.stop()
    with pytest.raises(SessionError, match="Connection refused"):
        drive(probe(settings(broker)))


def test_asking_leaves_nothing_open(broker: Broker) -> None:
    async def main() -> None:
        await probe(settings(broker))
        before = descriptors()
        for _ in range(5):
            await probe(settings(broker))
        assert descriptors() == before

    drive(main())


def test_what_comes_on_a_topic_is_heard_and_whether_it_was_retained(broker: Broker) -> None:
    heard: list[Received] = []
    topic = TOPICS.command("reload")

    def said() -> list[bytes]:
        return [each.payload for each in heard]

    async def main() -> None:
        client = Client(settings(broker), TOPICS)
        client.listen(lambda topics: topics.command("+"), heard.append)
        async with running(client):
            await connected(client)
            stranger._client.publish(topic, b"now", qos=1)
            await until(lambda: said()[-1:] == [b"now"], "the command")
            # Also after another connect.
            broker.stop()
            await until(lambda: client.state is not State.CONNECTED, "the loss")
            broker.start()
            await connected(client)
            stranger._client.publish(topic, b"again", qos=1)
            await until(lambda: b"again" in said(), "the second command")

    with Subscriber(broker.port) as stranger:
        stranger._client.publish(topic, b"old", qos=1, retain=True)
        asyncio.run(until(lambda: stranger.on("/reload"), "the retained command"))
        drive(main())
    # The broker's own word tells which of them it had kept.
    # A broker that was started anew has kept nothing.
    assert said() == [b"old", b"now", b"again"]
    assert [each.retained for each in heard] == [True, False, False]


def test_what_a_dead_one_left_under_another_name_is_cleared(broker: Broker) -> None:
    async def main(topics: Topics, behind: Place | None) -> Place | None:
        client = Client(settings(broker), topics)
        client.behind.place = behind
        async with running(client):
            client.retain(Message(topics.health, HEALTH, qos=1, retain=True))
            client.retain(Message(topics.config, b"{}", qos=1, retain=True))
            await connected(client)
            await client._session.answered(5)  # type: ignore[union-attr]
            await until(lambda: not client._session.receipts.waiting, "it is all read")  # type: ignore[union-attr]
            return client.behind.place

    behind = drive(main(TOPICS, None))
    assert behind == place(f"127.0.0.1:{broker.port}", TOPICS)
    assert TOPICS.config in retained_on(broker)
    # As after a power cut, with the device's id changed meanwhile.
    drive(main(OTHER, behind))
    assert set(retained_on(broker)) == {OTHER.availability, OTHER.config, OTHER.health}


def test_a_name_kept_while_its_broker_was_away_is_cleared_later(broker: Broker) -> None:
    async def main() -> dict[str, bytes]:
        client = client_for(broker.port)
        async with running(client):
            await connected(client)
            client.retain(Message(TOPICS.health, b"{}", qos=1, retain=True))
            await until(lambda: client._session and not client._session.receipts.waiting, "it")
            session = client._session
            assert session is not None
            # Lost without a word, so that the broker keeps what it has.
            session.abort("cut")
            await client.move(settings(broker), OTHER)
            await connected(client)
            await until(lambda: client._session and not client._session.receipts.waiting, "it")
            return await asyncio.to_thread(retained_on, broker)

    assert set(drive(main())) == {OTHER.availability}


def test_a_move_that_is_cut_short_says_offline(broker: Broker) -> None:
    async def main() -> None:
        client = client_for(broker.port)
        task = asyncio.create_task(client.run())
        await connected(client)
        os.kill(broker.pid, signal.SIGSTOP)
        moving = asyncio.create_task(client.move(settings(broker), OTHER))
        await until(lambda: client._leaving, "the leaving")
        task.cancel()
        await asyncio.gather(task, moving, return_exceptions=True)
        assert moving.cancelled()
        os.kill(broker.pid, signal.SIGCONT)
        assert await client.close(5)

    with Subscriber(broker.port) as stranger:
        drive(main())
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")


@pytest.mark.parametrize("place", ["/dev/zero", "pipe", "folder", "nothing", "a\0b"])
def test_a_password_that_stands_in_no_file(tmp_path: Path, place: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"^mqtt\.password_file: ") as caught:
        read_password(tmp_path / place)
    # It may be the password itself that stands there.
    assert place not in str(caught.value).replace("the file with", "")
