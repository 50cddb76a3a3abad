"""What is left under an old name is taken back, if it is ours."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Final

import pytest

from edgepose.mqtt.behind import Place, place
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import CONFIG, DISCOVERY, HEALTH, NOTICE, STATE
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics
from tests.harness.broker import Broker
from tests.mqtt.drive import Stranger, connected, drive, running, until

OURS: Final = "11112222"
THEIRS: Final = "33334444"
HALL: Final = Topics("edgepose", "hall")
ATTIC: Final = Topics("edgepose", "attic")


def device(port: int, topics: Topics, installation: str, version: str = "5") -> Client:
    """A client whose device has said all that is retained."""
    id = f"edgepose-{topics.device}-{installation}"
    settings = Settings("127.0.0.1", port, id, version, installation=installation)  # type: ignore[arg-type]
    client = Client(settings, topics)
    say_all(client)
    return client


def say_all(client: Client) -> None:
    told = json.dumps({"installation": client.settings.installation}).encode()
    topics = client.topics
    for kind, topic in (
        (HEALTH, topics.health),
        (STATE, topics.state),
        (CONFIG, topics.config),
        (NOTICE, topics.notice),
        (DISCOVERY, topics.discovery),
    ):
        client.retain(kind.message(topic, told))


async def settled(client: Client) -> None:
    """Connected, all that was said acknowledged, and what the broker had kept heard."""
    await connected(client)
    session = client._session
    assert session is not None
    await session.answered(5)
    await until(lambda: not session.receipts.waiting, "every acknowledgement")


@contextlib.asynccontextmanager
async def dying(client: Client) -> AsyncIterator[None]:
    """The client runs, and ends like a device that loses its power."""
    task = asyncio.create_task(client.run())
    await settled(client)
    yield
    session = client._session
    assert session is not None
    task.cancel()
    session.abort("the test ends it")
    await asyncio.gather(task, return_exceptions=True)


def found(broker: Broker) -> dict[str, bytes]:
    """What a late subscriber finds."""
    with Stranger(broker.port, "#") as late:
        late.ask()
        return {m.topic: m.payload for m in late.messages if m.retain}


async def all_of(broker: Broker, topics: set[str]) -> dict[str, bytes]:
    """Wait until these topics, and no others, are retained."""
    left: dict[str, bytes] = {}
    async with asyncio.timeout(10):
        while set(left) != topics:
            left = await asyncio.to_thread(found, broker)
    return left


def owner(payload: bytes) -> str:
    installation: str = json.loads(payload)["installation"]
    return installation


def here(broker: Broker, topics: Topics) -> Place:
    return place(f"127.0.0.1:{broker.port}", topics)


def test_all_of_an_old_name_is_taken_back(broker: Broker) -> None:
    async def main() -> None:
        before = device(broker.port, HALL, OURS)
        async with dying(before):
            assert before.behind.place == here(broker, HALL)
        after = device(broker.port, ATTIC, OURS)
        after.behind.place = before.behind.place
        async with running(after):
            await settled(after)
            assert set(await asyncio.to_thread(found, broker)) == set(ATTIC.retained)
            assert after.behind.place == here(broker, ATTIC)
            # The will of the connection that died comes later.
            async with asyncio.timeout(10):
                stranger._client.publish(HALL.availability, b"offline", 1, retain=True)
                await until(lambda: stranger.availability()[-2:] == [b"offline".decode(), ""], "it")
            # Once: from now on that topic is whoever's.
            stranger._client.publish(HALL.availability, b"offline", 1, retain=True)
            await stranger.mark()
            assert stranger.availability()[-1] == "offline"

    with Stranger(broker.port, "edgepose/#") as stranger:
        stranger._client.unsubscribe("edgepose/#")
        stranger._client.subscribe([(HALL.availability, 1), ("edgepose/mark", 0)])
        drive(main())


def test_what_is_another_device_s_by_now_stays(broker: Broker) -> None:
    async def main(stranger: Stranger) -> None:
        theirs = device(broker.port, HALL, THEIRS)
        async with running(theirs):
            await settled(theirs)
            ours = device(broker.port, ATTIC, OURS)
            ours.behind.place = here(broker, HALL)
            async with running(ours):
                await settled(ours)
                left = await asyncio.to_thread(found, broker)
                assert set(left) == {*HALL.retained, *ATTIC.retained}
                assert owner(left[HALL.health]) == THEIRS
                assert left[HALL.availability] == b"online"
                await stranger.mark()
                # Nothing of it was taken back for a moment either.
                assert b"" not in [m.payload for m in stranger.messages if m.topic in HALL.retained]

    with Stranger(broker.port, "#") as stranger:
        drive(main(stranger))


def test_two_that_exchange_their_names_clear_nothing_of_each_other(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lost their power, and come back with each other's name at the same moment."""
    monkeypatch.setattr("edgepose.mqtt.name.ANSWER_S", 0.3)

    async def main() -> None:
        one, two = device(broker.port, HALL, OURS), device(broker.port, ATTIC, THEIRS)
        async with dying(one), dying(two):
            pass
        one_, two_ = device(broker.port, ATTIC, OURS), device(broker.port, HALL, THEIRS)
        one_.behind.place, two_.behind.place = one.behind.place, two.behind.place
        async with running(one_), running(two_):
            await asyncio.gather(settled(one_), settled(two_))
            left = await all_of(broker, {*HALL.retained, *ATTIC.retained})
            assert {topic: owner(left[topic]) for topic in (HALL.health, ATTIC.health)} == {
                HALL.health: THEIRS,
                ATTIC.health: OURS,
            }
            assert {left[each.availability] for each in (HALL, ATTIC)} == {b"online"}

    drive(main())


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_who_is_cleared_by_somebody_says_all_of_it_again(broker: Broker, version: str) -> None:
    async def main(stranger: Stranger) -> None:
        client = device(broker.port, HALL, OURS, version)
        async with running(client):
            await settled(client)
            for topic in (*set(HALL.retained) - {HALL.availability}, HALL.availability):
                stranger._client.publish(topic, b"", 1, retain=True)
            await stranger.mark()
            left = await all_of(broker, set(HALL.retained))
            assert left[HALL.availability] == b"online"

    with Stranger(broker.port) as stranger:
        drive(main(stranger))


@pytest.mark.parametrize("alive", [True, False], ids=["moves", "comes back"])
def test_another_prefix_takes_the_old_announcement_back(broker: Broker, alive: bool) -> None:
    new = Topics("edgepose", "hall", "ha")

    async def main() -> None:
        before = device(broker.port, HALL, OURS)
        if alive:
            async with running(before):
                await settled(before)
                await before.move(before.settings, new)
                say_all(before)
                await settled(before)
                check(await asyncio.to_thread(found, broker))
            return
        async with dying(before):
            pass
        after = device(broker.port, new, OURS)
        after.behind.place = before.behind.place
        async with running(after):
            await settled(after)
            check(await asyncio.to_thread(found, broker))

    def check(left: dict[str, bytes]) -> None:
        assert set(left) == set(new.retained)
        assert left[new.availability] == b"online"

    drive(main())


def test_nothing_of_an_old_base_stays(broker: Broker) -> None:
    """Home Assistant's topic has no base in it, and is the new name's, too."""
    new = Topics("house", "hall")

    async def main() -> None:
        before = device(broker.port, HALL, OURS)
        async with dying(before):
            pass
        after = device(broker.port, new, OURS)
        after.behind.place = before.behind.place
        async with running(after):
            await settled(after)
            left = await asyncio.to_thread(found, broker)
            assert set(left) == set(new.retained)
            assert new.discovery == HALL.discovery

    drive(main())


def test_who_left_in_good_order_has_nothing_behind_after_a_move(broker: Broker) -> None:
    async def main() -> None:
        client = device(broker.port, HALL, OURS)
        async with running(client):
            await settled(client)
            await client.move(client.settings, ATTIC)
            say_all(client)
            await settled(client)
            assert client.behind.place == here(broker, ATTIC)
            assert set(await asyncio.to_thread(found, broker)) == set(ATTIC.retained)

    drive(main())
