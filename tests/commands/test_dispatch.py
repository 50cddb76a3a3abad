"""Commands: what is one, in which order they are done, and where their answers go."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edgepose.commands.dispatch import LARGEST, MOST, Commands
from edgepose.commands.refusal import Refusal
from edgepose.messages.command import LONGEST_ID, NAMES, CommandName
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Message, Received, Settings
from edgepose.mqtt.topics import Topics

TOPICS = Topics("edgepose", "tested")


class Line(Client):
    """A client that keeps what it is to publish."""

    def __init__(self) -> None:
        super().__init__(Settings("127.0.0.1", 1, "tested"), TOPICS)
        self.sent: list[Message] = []

    def reply(self, message: Message) -> None:
        self.sent.append(message)


def carried_out(
    *asked: Received, enabled: bool = True, error: Refusal | None = None, unanswered: int = 0
) -> tuple[list[tuple[str, dict[str, Any]]], list[Message]]:
    """What was done of these commands, and what was answered."""
    done: list[tuple[str, dict[str, Any]]] = []

    def order(name: CommandName) -> Any:
        async def do(fields: Mapping[str, Any]) -> str | None:
            await asyncio.sleep(0)
            if error is not None:
                raise error
            done.append((name, dict(fields)))
            return None

        return do

    async def main() -> list[Message]:
        line = Line()
        commands = Commands(line, {name: order(name) for name in NAMES}, lambda: enabled)
        for each in asked:
            commands.take(each)
        task = asyncio.create_task(commands.run())
        wanted = len([each for each in asked if not each.retained]) - unanswered
        async with asyncio.timeout(10):
            while len(line.sent) < wanted:  # noqa: ASYNC110 - it is another task's work
                await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return line.sent

    return done, asyncio.run(main())


def command(name: str, payload: bytes = b"", **more: Any) -> Received:
    return Received(TOPICS.command(name), payload, **more)


def answer(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(message.payload)
    assert body.pop("v") == 1
    return body


def test_each_is_done_in_turn_and_answered_on_its_own_topic() -> None:
    asked = [command(name, b'{"id":"%d"}' % i) for i, name in enumerate(NAMES)]
    done, sent = carried_out(*asked)
    assert done == [(name, {}) for name in NAMES]
    assert [each.topic for each in sent] == [TOPICS.result(name) for name in NAMES]
    assert [answer(each) for each in sent] == [{"ok": True, "id": str(i)} for i in range(6)]
    assert all((each.qos, each.retain) == (1, False) for each in sent)


def test_a_response_topic_gets_the_answer_with_its_correlation_data() -> None:
    asked = command("set", b'{"health.interval":5}', response_topic="me/answers", correlation=b"\0")
    done, sent = carried_out(asked)
    assert done == [("set", {"health.interval": 5})]
    assert (sent[0].topic, sent[0].correlation) == ("me/answers", b"\0")
    assert answer(sent[0]) == {"ok": True, "id": None}


@pytest.mark.parametrize(
    "topic",
    ["", "a/+", "a/#", TOPICS.root, TOPICS.state, TOPICS.command("pause"), TOPICS.availability],
)
def test_nobody_makes_us_speak_for_ourselves(topic: str) -> None:
    _, sent = carried_out(command("announce", response_topic=topic, correlation=b"x"))
    assert [each.topic for each in sent] == [TOPICS.result("announce")]


def test_the_answer_goes_under_the_name_that_was_asked() -> None:
    _, sent = carried_out(Received("edgepose/before/command/reload", b""))
    assert sent[0].topic == "edgepose/before/command/reload/result"


def test_an_order_that_refuses_is_told_with_its_error() -> None:
    _, sent = carried_out(command("resume", b'{"id":7}'), error=Refusal("failed", "no camera"))
    assert answer(sent[0]) == {"ok": False, "id": 7, "error": "failed", "message": "no camera"}


def test_nothing_is_done_while_commands_are_off(caplog: pytest.LogCaptureFixture) -> None:
    done, sent = carried_out(command("pause"), command("nope"), enabled=False)
    assert done == []
    assert [answer(each)["error"] for each in sent] == ["disabled", "disabled"]
    assert "the command pause is not done" in caplog.text


def test_a_retained_one_is_not_done_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    done, sent = carried_out(command("pause", retained=True), command("announce"))
    assert done == [("announce", {})]
    assert len(sent) == 1
    assert f"{TOPICS.command('pause')} is retained, which a command must not be" in caplog.text


def test_an_unknown_one_is_told_the_known_ones() -> None:
    done, sent = carried_out(command("reboot\n"))
    assert done == []
    told = answer(sent[0])
    assert told["error"] == "unknown_command"
    assert told["message"] == f"reboot?: allowed: {', '.join(NAMES)}"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b"PRESS", "neither empty nor JSON"),
        (b"[]", "no object"),
        (b"7", "no object"),
        (b'{"id":true}', "id: "),
        (b'{"id":1.5}', "id: "),
        (b'{"id":{}}', "id: "),
        (b'{"id":"' + b"x" * (LONGEST_ID + 1) + b'"}', "id: "),
        (b'{"a":NaN}', "neither empty nor JSON"),
        (b'{"a":1,"a":2}', "a name stands twice"),
        (b"\xff\xfe", "neither empty nor JSON"),
        (b"[" * 4000, "neither empty nor JSON"),
        (b" " * (LARGEST + 1), "allowed are"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_malformed_one_changes_nothing(payload: bytes, message: str) -> None:
    done, sent = carried_out(command("pause", payload))
    assert done == []
    told = answer(sent[0])
    assert (told["ok"], told["error"]) == (False, "malformed")
    assert message in told["message"]


def test_one_with_a_name_beyond_measure_is_not_even_answered() -> None:
    # With `/result` behind it no topic could hold it.
    _, sent = carried_out(command("x" * 65000), command("announce"), unanswered=1)
    assert [each.topic for each in sent] == [TOPICS.result("announce")]


def test_a_pause_waits_for_no_other() -> None:
    async def main() -> list[str]:
        line = Line()
        begun, over = asyncio.Event(), asyncio.Event()

        async def long(_fields: Mapping[str, Any]) -> str | None:
            begun.set()
            await over.wait()
            return None

        async def short(_fields: Mapping[str, Any]) -> str | None:
            over.set()
            return None

        orders: dict[CommandName, Any] = {**dict.fromkeys(NAMES, long), "pause": short}
        commands = Commands(line, orders, lambda: True)
        task = asyncio.create_task(commands.run())
        commands.take(command("restart-vision"))
        await begun.wait()
        commands.take(command("pause"))
        async with asyncio.timeout(10):
            while len(line.sent) < 2:  # noqa: ASYNC110 - it is another task's work
                await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return [each.topic for each in line.sent]

    assert set(asyncio.run(main())) == {TOPICS.result("pause"), TOPICS.result("restart-vision")}


def test_of_a_flood_of_pauses_the_first_are_taken_and_the_others_told() -> None:
    async def main() -> list[Message]:
        line, over = Line(), asyncio.Event()

        async def long(_fields: Mapping[str, Any]) -> str | None:
            await over.wait()
            return None

        orders: dict[CommandName, Any] = dict.fromkeys(NAMES, long)
        commands = Commands(line, orders, lambda: True)
        task = asyncio.create_task(commands.run())
        # It has begun.
        await asyncio.sleep(0)
        for _ in range(MOST + 5):
            commands.take(command("pause"))
        told = [*line.sent]
        over.set()
        async with asyncio.timeout(10):
            while len(line.sent) < MOST + 5:  # noqa: ASYNC110 - it is other tasks' work
                await asyncio.sleep(0)
        # And what was taken makes room for more.
        commands.take(command("pause"))
        async with asyncio.timeout(10):
            while len(line.sent) < MOST + 6:  # noqa: ASYNC110 - it is other tasks' work
                await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert answer(line.sent[-1])["ok"]
        return told

    assert [answer(each)["error"] for each in asyncio.run(main())] == ["failed"] * 5


def test_of_a_flood_the_first_are_done_and_the_others_told() -> None:
    done, sent = carried_out(*(command("announce") for _ in range(MOST + 5)))
    assert len(done) == MOST
    assert [answer(each)["error"] for each in sent[:5]] == ["failed"] * 5


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=60), st.text(max_size=20))
@example(b'{"id":"\\ud800"}', "pause")
@example(b'{"\\ud800":1}', "pause")
def test_whatever_comes_is_answered_once(payload: bytes, name: str) -> None:
    _, sent = carried_out(command(name.replace("/", ""), payload))
    assert len(sent) == 1
    assert answer(sent[0]).keys() >= {"ok", "id"}
