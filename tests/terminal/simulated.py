"""Devices that are none: what they would publish, sent to a real broker."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edgepose.messages import json_format, packed
from edgepose.messages.pose import Person
from tests.harness.subscriber import leave
from tests.harness.wait import wait_for
from tests.terminal.people import person, pose
from tests.terminal.post import now_us, state
from tests.terminal.test_report import health


class Devices:
    """Some devices at the broker on this port, which say how they are when they are entered."""

    def __init__(
        self,
        port: int,
        names: Sequence[str],
        login: tuple[str, str] | None = None,
        begin: int = 0,
    ) -> None:
        self.names = names
        self._seq = begin
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        if login is not None:
            self._client.username_pw_set(*login)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(
        self, device: str, rest: str, payload: bytes | str, *, retain: bool = False
    ) -> None:
        """Publish with QoS 1 and wait until the broker has it."""
        info = self._client.publish(f"edgepose/{device}/{rest}", payload, 1, retain)
        info.wait_for_publish(10)

    def say(self, device: str, **more: Any) -> None:
        """Say, retained, that a device is online, that somebody is there, and last how it is."""
        body = health(captured=9, busy=2, observed=7, published=7)
        self.publish(device, "availability", "online", retain=True)
        self.publish(device, "state", json.dumps(state(True, 1)), retain=True)
        self.publish(device, "health", json.dumps({**body, **more}), retain=True)

    def see(self, *people: Person, formats: Sequence[str] = ("json", "packed")) -> None:
        """Publish the next pose of each device."""
        shown = pose(*(people or (person(id_=17),)))
        shown = replace(shown, seq=self._seq, unix_us=now_us(), first=self._seq == 0)
        self._seq += 1
        for device in self.names:
            if "json" in formats:
                self._client.publish(f"edgepose/{device}/pose", json_format.encode(shown))
            if "packed" in formats:
                self._client.publish(f"edgepose/{device}/pose/packed", packed.encode(shown))

    def stream(self, count: int, rate: float) -> None:
        """Publish so many poses of each device, at this rate."""
        began = time.monotonic()
        for number in range(count):
            due = began + number / rate
            wait_for(lambda due=due: time.monotonic() >= due, 60, "the time", 0.002)  # type: ignore[misc]
            self.see(formats=("packed",))

    def __enter__(self) -> Self:
        for device in self.names:
            self.say(device)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        leave(self._client)
