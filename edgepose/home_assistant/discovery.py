"""Decides when Home Assistant is told of the device, and what of an older message it must forget.

Runs on the daemon's loop. Knows no connection: `publish` is the way out, and the rest is called
with what has happened. Raises nothing.
"""

import asyncio
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from edgepose.messages.plain import encode
from edgepose.mqtt.settings import Message

GAP_S: Final = 5.0
"""Between two messages. While Home Assistant still sets up a component of one, it drops the rest
of the next without a word. It waits 5 s itself, after the last discovery message, before it calls
itself ready."""

MOST: Final = 100
"""Components of an older message that are looked at."""

log = logging.getLogger(__name__)


class Discovery:
    """`publish` gives False while not connected. `pause` waits for some seconds."""

    def __init__(
        self,
        publish: Callable[[Message], bool],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._publish = publish
        self._pause = pause
        self._topic: str | None = None
        self._wanted: Mapping[str, Any] | None = None
        self._retained = b""
        self._connected = False
        self._again = False
        self._due = asyncio.Event()

    def want(self, topic: str, message: Mapping[str, Any] | None) -> None:
        """Announce this from now on, on `topic`; None takes everything away there.

        On another topic than before nothing is said until `connected` is called again: who moves
        connects anew, and may not have left the old broker yet.
        """
        if self._topic not in (None, topic):
            self.lost()
        self._topic, self._wanted = topic, message
        self._due.set()

    def heard(self, payload: bytes) -> None:
        """This is retained on the topic now.

        It is remembered and not answered: who deletes the device in Home Assistant clears the
        topic, and two devices with one name would answer each other for ever.
        """
        self._retained = payload

    def connected(self) -> None:
        """There is a connection, and what was retained on the topic has been heard."""
        # Home Assistant may have been cleared meanwhile; what it knows already it leaves alone.
        self._again |= not self._connected
        self._connected = True
        self._due.set()

    def lost(self) -> None:
        """There is no connection any more; what is retained may change meanwhile."""
        self._connected = False
        self._retained = b""

    def born(self) -> None:
        """Home Assistant has started.

        It reads what is retained by itself, so the same message is news to it only if the topic
        was cleared meanwhile. To repeat it is what its makers ask for, and what it knows already
        it leaves alone.
        """
        self._again = True
        self._due.set()

    async def run(self) -> None:
        """Publish what is due, one message for all that has changed, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            if self._announce():
                await self._pause(GAP_S)

    def _announce(self) -> bool:
        """Publish what differs from what is retained. Whether anything was said."""
        if not self._connected or self._topic is None:
            return False
        payload = self._payload()
        if payload is None or not self._publish(Message(self._topic, payload, 1, retain=True)):
            return False
        self._retained, self._again = payload, False
        log.info("Home Assistant: %s", "announced" if payload else "taken away")
        return True

    def _payload(self) -> bytes | None:
        """What is to be said now; None for nothing."""
        if self._wanted is None:
            return b"" if self._retained else None
        before = _read(self._retained)
        gone = _removed(before, self._wanted)
        wanted = {**self._wanted, "components": {**self._wanted["components"], **gone}}
        if wanted == before and not self._again:
            return None
        return encode(wanted)


def _removed(before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Those components of an older message that are no more, each with its platform alone, which
    is how Home Assistant is told; to leave them out would leave them there.

    They stay in every later message: who is away while the first is sent has to hear it, too.
    """
    components = before.get("components", before.get("cmps"))
    if not isinstance(components, dict):
        return {}
    return {
        key: {"platform": platform}
        for key, each in itertools.islice(components.items(), MOST)
        if key not in wanted["components"]
        and isinstance(each, dict)
        and isinstance(platform := each.get("platform", each.get("p")), str)
        # Whoever may write to the topic may have made it up.
        and key.isprintable()
        and platform.isprintable()
    }


def _read(payload: bytes) -> dict[str, Any]:
    """A message as it was sent by whoever; empty where it is none."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        # Not JSON, or not even UTF-8, or nested without end.
        return {}
    return found if isinstance(found, dict) else {}
