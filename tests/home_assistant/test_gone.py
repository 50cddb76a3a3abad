"""What was announced before and is no more disappears."""

import asyncio
import json
from typing import Any

import pytest

from edgepose.home_assistant.discovery import Discovery
from edgepose.mqtt.settings import Message
from tests.harness.broker import Broker
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.home_assistant.desk import OLD, RENAMED, WANTED, Desk, desk, play, sent
from tests.home_assistant.made import TOPICS, message


@play
async def test_a_component_that_is_gone_is_sent_with_its_platform_alone() -> None:
    async with desk() as at:
        await at.connect(sent(OLD))
        assert at.newest["components"] == WANTED["components"] | {"fall": {"platform": "event"}}


@play
async def test_it_may_be_heard_before_anything_is_wanted() -> None:
    at = Desk()
    at.discovery.heard(sent(OLD))
    at.discovery.want(TOPICS.discovery, WANTED)
    running = asyncio.create_task(at.discovery.run())
    await at.connect()
    assert at.newest["components"]["fall"] == {"platform": "event"}
    running.cancel()


@play
async def test_what_was_removed_is_told_in_the_next_message_too() -> None:
    async with desk() as at:
        await at.connect(sent(OLD))
        at.discovery.want(TOPICS.discovery, RENAMED)
        await at.after_pause()
        assert at.newest["device"]["name"] == "Entrance"
        assert at.newest["components"]["fall"] == {"platform": "event"}


@play
async def test_what_was_removed_is_no_reason_to_say_it_all_again() -> None:
    async with desk() as at:
        removed = {**WANTED["components"], "fall": {"platform": "event"}}
        await at.connect(sent({**WANTED, "components": removed}))
        await at.after_pause()
        at.discovery.want(TOPICS.discovery, WANTED)
        await at.settle()
        # Once, because it has connected.
        assert [json.loads(each.payload)["components"] for each in at.said] == [removed]


@play
async def test_a_component_that_comes_back_is_whole_again() -> None:
    async with desk() as at:
        gone = {**WANTED["components"], "detection": {"platform": "switch"}}
        await at.connect(sent({**WANTED, "components": gone}))
        assert at.newest == WANTED


@play
async def test_commands_switched_off_take_the_switch_away() -> None:
    async with desk() as at:
        await at.connect()
        at.discovery.want(TOPICS.discovery, message(commands=False))
        await at.after_pause()
        assert at.newest["components"]["detection"] == {"platform": "switch"}
        assert at.newest["components"]["restart_vision"] == {"platform": "button"}


@play
async def test_what_somebody_abbreviated_is_removed_too() -> None:
    async with desk() as at:
        await at.connect(b'{"cmps":{"fall":{"p":"event","name":"F"}}}')
        assert at.newest["components"]["fall"] == {"platform": "event"}


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xff",
        b"{",
        b"[" * 100_000,
        b"null",
        b"[]",
        b'"components"',
        b'{"components":null}',
        b'{"components":["presence"]}',
        b'{"components":{"fall":null}}',
        b'{"components":{"fall":{}}}',
        b'{"components":{"fall":{"platform":7}}}',
        sent(WANTED)[:-1],
    ],
)
def test_what_is_no_message_is_replaced(damaged: bytes) -> None:
    async def run() -> None:
        async with desk() as at:
            await at.connect(damaged)
            assert at.newest == WANTED

    asyncio.run(run())


@play
async def test_switched_off_it_disappears_once() -> None:
    async with desk() as at:
        await at.connect()
        at.discovery.want(TOPICS.discovery, None)
        await at.after_pause()
        assert (at.said[-1].payload, at.said[-1].retain) == (b"", True)
        at.discovery.want(TOPICS.discovery, None)
        at.discovery.born()
        await at.after_pause()
        assert len(at.said) == 2


@play
async def test_what_an_earlier_run_left_disappears_too() -> None:
    async with desk(None) as at:
        await at.connect(sent(WANTED))
        assert [each.payload for each in at.said] == [b""]


@play
async def test_where_nothing_is_retained_nothing_is_taken_away() -> None:
    async with desk(None) as at:
        await at.connect()
        assert at.said == []


@play
async def test_switched_on_again_it_comes_back() -> None:
    async with desk(None) as at:
        await at.connect(sent(WANTED))
        at.discovery.want(TOPICS.discovery, WANTED)
        await at.after_pause()
        assert at.newest == WANTED


def test_who_comes_late_finds_what_is_gone(broker: Broker) -> None:
    """On a real broker: an older version's message is there, then ours, then nothing."""
    with (
        Subscriber(broker.port, TOPICS.discovery, lawless=True) as house,
        Subscriber(broker.port, "nothing", lawless=True) as device,
    ):

        def publish(message: Message) -> bool:
            device.publish(message.topic, message.payload, retain=message.retain)
            return True

        async def no_pause(_seconds: float) -> None:
            await asyncio.sleep(0)

        async def run(*wishes: dict[str, Any] | None) -> None:
            discovery = Discovery(publish, no_pause)
            running = asyncio.create_task(discovery.run())
            for wish in wishes:
                discovery.want(TOPICS.discovery, wish)
                discovery.heard(late())
                discovery.connected()
                for _ in range(5):
                    await asyncio.sleep(0)
            running.cancel()

        def late() -> bytes:
            with Subscriber(broker.port, TOPICS.discovery, lawless=True) as subscriber:
                subscriber.ask()
                return b"".join(each.payload for each in subscriber.messages)

        device.publish(TOPICS.discovery, sent(OLD), retain=True)
        asyncio.run(run(WANTED))
        assert json.loads(late())["components"]["fall"] == {"platform": "event"}
        asyncio.run(run(WANTED, None, None))
        assert late() == b""
        wait_for(lambda: len(house.messages) == 4, 5, "what was said")
        assert [bool(each.payload) for each in house.messages] == [True, True, True, False]
