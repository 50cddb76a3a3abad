"""Takes commands from the broker, one after the other, and answers each.

Owns what is a well-formed command and where its answer goes: to the response topic that MQTT 5
lets a command name, else to `/command/<name>/result`. Runs on the daemon's loop. Never raises for
what somebody sent.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from edgepose.commands.refusal import Refusal
from edgepose.messages.command import LONGEST_ID, NAMES, CommandName, Result
from edgepose.messages.plain import ABSENT, encode
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import RESULT
from edgepose.mqtt.settings import Received

LARGEST: Final = 4096
"""Bytes of a command."""
MOST: Final = 16
"""Commands that may wait for the one that is being done; and as many urgent ones."""

URGENT: Final = "pause"
"""Waits for no other command: the camera is to close now."""

Order = Callable[[Mapping[str, Any]], Awaitable[str | None]]
"""Does a command; what its sender should know beside that it is done."""
log = logging.getLogger(__name__)


class Commands:
    """`orders` do what each command asks, and raise Refusal; `enabled` says whether they may."""

    def __init__(
        self,
        client: Client,
        orders: Mapping[CommandName, Order],
        enabled: Callable[[], bool],
    ) -> None:
        assert set(orders) == set(NAMES), "every command is somebody's"
        self._client = client
        self._orders = orders
        self._enabled = enabled
        self._group: asyncio.TaskGroup | None = None
        self._urgent = 0
        self._waiting: asyncio.Queue[Received] = asyncio.Queue(MOST)
        client.listen(lambda topics: topics.command("+"), self.take, as_published=True)

    def take(self, received: Received) -> None:
        """Take a command; `run` does it."""
        if received.retained:
            # It would be done again at every connect.
            log.warning("MQTT: %s is retained, which a command must not be", received.topic)
            return
        if len(_name(received)) > LONGEST_ID:
            log.warning("MQTT: a command with a name of %d letters", len(_name(received)))
            return
        if len(received.payload) > LARGEST:
            words = f"{len(received.payload)} bytes, allowed are {LARGEST}"
            self._answer(received, None, Refusal("malformed", words))
            return
        urgent = _name(received) == URGENT and self._group is not None
        if self._urgent == MOST if urgent else self._waiting.full():
            self._answer(received, None, Refusal("failed", "too many commands wait already"))
        elif urgent and self._group is not None:
            self._urgent += 1
            self._group.create_task(self._urgently(received))
        else:
            self._waiting.put_nowait(received)

    async def _urgently(self, received: Received) -> None:
        try:
            await self._one(received)
        finally:
            self._urgent -= 1

    async def run(self) -> None:
        """Do what was asked for, for ever."""
        async with asyncio.TaskGroup() as self._group:
            while True:
                await self._one(await self._waiting.get())

    async def _one(self, received: Received) -> None:
        fields: Mapping[str, Any] = {}
        refusal: Refusal | None = None
        note = None
        try:
            if not self._enabled():
                raise Refusal("disabled", "commands.enabled is false")
            fields = _fields(received.payload)
            note = await self._do(_printable(_name(received)), fields)
        except Refusal as error:
            refusal = error
        self._answer(received, fields.get("id"), refusal, note)

    async def _do(self, name: str, fields: Mapping[str, Any]) -> str | None:
        order = next((self._orders[each] for each in NAMES if each == name), None)
        if order is None:
            raise Refusal("unknown_command", f"{name}: allowed: {', '.join(NAMES)}")
        log.info("MQTT: the command %s", name)
        return await order({key: value for key, value in fields.items() if key != "id"})

    def _answer(
        self,
        received: Received,
        id: str | int | None,
        refusal: Refusal | None,
        note: str | None = None,
    ) -> None:
        name = _name(received)
        result = Result(ok=True, id=id, message=ABSENT if note is None else note)
        if refusal is not None:
            log.warning("MQTT: the command %s is not done: %s", _printable(name), refusal)
            result = Result(ok=False, id=id, error=refusal.error, message=str(refusal))
        # Under the name that was asked, and over a new connection: a reload may have made both new.
        topic = f"{received.topic}/result"
        ours = (self._client.topics.discovery, self._client.topics.birth)
        root = received.topic.rpartition("/command/")[0]
        if received.response_topic not in ours and _may_answer(received.response_topic, root):
            topic = received.response_topic or topic
        message = RESULT.message(topic, encode(result))
        self._client.reply(replace(message, correlation=received.correlation))


def _name(received: Received) -> str:
    return received.topic.rpartition("/")[2]


def _printable(name: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in name[:40])


def _fields(payload: bytes) -> Mapping[str, Any]:
    """What a command holds. Raises Refusal for anything but nothing or a JSON object."""
    if not payload.strip():
        return {}
    try:
        fields = json.loads(payload, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Refusal("malformed", "neither empty nor JSON, or a name stands twice") from None
    if not isinstance(fields, dict):
        raise Refusal("malformed", "JSON, but no object; allowed is nothing or an object")
    id = fields.get("id", "")
    if isinstance(id, bool) or not isinstance(id, str | int) or len(str(id)) > LONGEST_ID:
        raise Refusal("malformed", f"id: not a whole number or a text of at most {LONGEST_ID}")
    if not str(id).isprintable():
        raise Refusal("malformed", "id: holds what cannot be shown")
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(fields := dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return fields


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _may_answer(topic: str | None, root: str) -> bool:
    """Whether an answer may go there: nobody makes us speak for ourselves on our own topics."""
    if not topic or "+" in topic or "#" in topic:
        return False
    return topic != root and not topic.startswith(f"{root}/")
