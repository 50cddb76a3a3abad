"""When Home Assistant is told of the device."""

import json

from edgepose.home_assistant.discovery import GAP_S
from edgepose.mqtt.topics import Topics
from tests.home_assistant.desk import OLD, RENAMED, WANTED, desk, play, sent
from tests.home_assistant.made import TOPICS, message


@play
async def test_it_is_announced_once_connected() -> None:
    async with desk() as at:
        assert at.said == []
        await at.connect()
        assert len(at.said) == 1
        assert at.said[0].topic == "homeassistant/device/edgepose_hallway/config"
        assert (at.said[0].qos, at.said[0].retain) == (1, True)
        assert at.newest == WANTED


@play
async def test_what_is_retained_already_is_sent_again_at_a_connect_and_then_no_more() -> None:
    async with desk() as at:
        # In whatever order its keys are.
        await at.connect(json.dumps(WANTED, sort_keys=True).encode())
        assert at.newest == WANTED
        await at.after_pause()
        at.discovery.want(TOPICS.discovery, WANTED)
        at.discovery.connected()
        await at.settle()
        assert len(at.said) == 1


@play
async def test_what_somebody_has_made_up_is_not_repeated() -> None:
    sensor = {"platform": "sensor"}
    odd = {"\ud800": sensor, "bell\a": sensor, "a": {"platform": "\udfff"}}
    many = {f"c{n}": sensor for n in range(100_000)}
    async with desk() as at:
        await at.connect(json.dumps({"components": odd}).encode())
        assert at.newest == WANTED
        await at.after_pause()
        at.discovery.heard(json.dumps({"components": many}).encode())
        at.discovery.born()
        await at.settle()
        assert len(at.newest["components"]) <= len(WANTED["components"]) + 100


@play
async def test_a_newer_version_is_announced_over_an_older_one() -> None:
    async with desk() as at:
        await at.connect(sent(message(version="0.0.9")))
        assert at.newest == WANTED


@play
async def test_a_birth_is_answered_even_if_nothing_is_new() -> None:
    async with desk() as at:
        await at.connect(sent(WANTED))
        await at.after_pause()
        at.discovery.born()
        await at.settle()
        assert at.newest == WANTED
        await at.after_pause()
        assert len(at.said) == 2


@play
async def test_two_births_in_one_gap_are_answered_together() -> None:
    async with desk() as at:
        await at.connect()
        at.discovery.born()
        at.discovery.born()
        await at.settle()
        assert len(at.said) == 1
        await at.after_pause()
        await at.after_pause()
        assert len(at.said) == 2


@play
async def test_one_change_is_one_message() -> None:
    async with desk() as at:
        await at.connect()
        await at.after_pause()
        at.discovery.want(TOPICS.discovery, message("Porch"))
        at.discovery.want(TOPICS.discovery, RENAMED)
        await at.settle()
        assert len(at.said) == 2
        assert at.newest == RENAMED


@play
async def test_between_two_messages_is_a_gap() -> None:
    async with desk() as at:
        await at.connect()
        at.discovery.want(TOPICS.discovery, RENAMED)
        await at.settle()
        assert len(at.said) == 1
        assert at.pauses == [GAP_S]
        await at.after_pause()
        assert at.newest == RENAMED
        assert at.pauses == [GAP_S, GAP_S]


@play
async def test_a_change_that_was_taken_back_in_the_gap_is_not_told() -> None:
    async with desk() as at:
        await at.connect()
        at.discovery.want(TOPICS.discovery, RENAMED)
        await at.settle()
        at.discovery.want(TOPICS.discovery, message())
        await at.after_pause()
        assert len(at.said) == 1


@play
async def test_what_changes_while_nobody_listens_is_told_when_connected() -> None:
    async with desk() as at:
        await at.connect()
        await at.after_pause()
        at.discovery.lost()
        at.discovery.want(TOPICS.discovery, RENAMED)
        await at.settle()
        assert len(at.said) == 1
        await at.connect(sent(WANTED))
        assert at.newest == RENAMED


@play
async def test_what_could_not_be_sent_is_sent_at_the_next_connection() -> None:
    async with desk() as at:
        at.online = False
        await at.connect()
        assert (at.said, at.pauses) == ([], [])
        at.online = True
        await at.connect()
        assert at.newest == WANTED


@play
async def test_a_broker_that_forgot_is_told_again() -> None:
    async with desk() as at:
        await at.connect()
        await at.after_pause()
        at.discovery.lost()
        await at.connect()
        assert [json.loads(each.payload) for each in at.said] == [WANTED, WANTED]


@play
async def test_who_deletes_the_device_is_not_answered_until_the_next_birth() -> None:
    async with desk() as at:
        await at.connect()
        await at.after_pause()
        at.discovery.heard(b"")
        await at.settle()
        assert len(at.said) == 1
        at.discovery.born()
        await at.settle()
        assert at.newest == WANTED


@play
async def test_another_who_says_otherwise_is_not_answered() -> None:
    async with desk() as at:
        await at.connect()
        await at.after_pause()
        at.discovery.heard(sent(RENAMED))
        await at.settle()
        assert len(at.said) == 1


@play
async def test_under_another_name_it_waits_for_the_connection_there() -> None:
    porch = Topics("edgepose", "porch")
    async with desk() as at:
        await at.connect(sent(OLD))
        at.discovery.want(porch.discovery, message("Porch", "porch"))
        await at.after_pause()
        assert len(at.said) == 1
        await at.connect()
        assert at.said[-1].topic == porch.discovery
        # What was under the old name is not removed under the new one.
        assert at.newest == message("Porch", "porch")
