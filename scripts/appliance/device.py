"""The device, seen from its broker: `device.py watch | forget CONFIG [PASSWORD_FILE]`.

`watch` subscribes as anybody would while the service runs, and prints what came: the proof that
it works. `forget` takes the retained messages away when the service is gone, so that no broker
tells of the device for ever. Runs with the installed edgepose, knows broker and topics from the
config; PASSWORD_FILE is what the service gets as a credential. Exit status 0 when a pose came or
the broker has acknowledged, else 69 and one line on stderr.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edgepose.config.device import identify
from edgepose.config.load import load
from edgepose.config.model import Config, Mqtt
from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.messages import json_format, packed
from edgepose.mqtt.settings import read_password
from edgepose.mqtt.topics import Topics

LIMIT_S: Final = 30.0
"""For the first pose: the engine loads, and a slow card takes its time."""
WATCH_S: Final = 3.0
"""For the rate, after the first pose."""
CONNECT_S: Final = 5.0


class Heard:
    """What came on the topics of one device, all on the caller's thread."""

    def __init__(self, config: Config) -> None:
        self.topics = Topics(config.mqtt.base, identify(config.device).id)
        formats = config.messages.formats
        self._pose = self.topics.pose_packed if "packed" in formats else self.topics.pose
        self._decode = packed.decode if "packed" in formats else json_format.decode
        self.availability: str | None = None
        self.health: dict[str, Any] = {}
        self.refused: str | None = None
        self.times: list[float] = []
        self.people = 0

    def on_connect(
        self, client: paho.Client, _userdata: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        """Subscribe to the exact topics."""
        self.refused = str(code) if code.is_failure else None
        if not code.is_failure:
            names = (self._pose, self.topics.availability, self.topics.health)
            client.subscribe([(name, 0) for name in names])

    def on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        """Keep the newest of each topic, and when poses came."""
        if message.topic == self.topics.availability:
            self.availability = message.payload.decode("utf-8", "replace")
        elif message.topic == self.topics.health:
            self.health = json.loads(message.payload)
        else:
            self.people = len(self._decode(message.payload).people)
            self.times.append(time.monotonic())

    def enough(self, began: float) -> bool:
        """Whether to stop, having begun at that monotonic time."""
        until = self.times[0] + WATCH_S if self.times else began + LIMIT_S
        return time.monotonic() >= until

    def missing(self, broker: str) -> str:
        """Why no pose came, as far as the device's own words tell."""
        if self.refused is not None:
            return f"the broker {broker} refuses us: {self.refused}"
        if self.availability != "online":
            return f"edgepose is not connected to the broker {broker}"
        why = "; ".join(self.health.get("why", ())) or "it is connected and gives no reason"
        return f"no pose in {LIMIT_S:.0f} s: {why}"

    def told(self) -> str:
        """What came, for a person."""
        people = "1 person" if self.people == 1 else f"{self.people or 'no'} people"
        span = self.times[-1] - self.times[0]
        if not self.people:
            return "nobody is in view; poses come as soon as somebody is"
        return f"{people}, {(len(self.times) - 1) / span:.1f} poses/s" if span else people


def client_for(mqtt: Mqtt, folder: Path, credential: str) -> paho.Client:
    """A client with the service's own name and password, connecting."""
    five = mqtt.version == "5"
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
    )
    file = mqtt.password_file or credential
    if mqtt.username is not None:
        client.username_pw_set(
            mqtt.username, read_password(folder / Path(file).expanduser()) if file else None
        )
    client.connect_timeout = CONNECT_S
    try:
        client.connect(mqtt.host, mqtt.port, 10)
    except OSError as error:
        raise UserError(f"the broker {mqtt.host}:{mqtt.port} cannot be reached: {error}") from error
    return client


def watch(client: paho.Client, heard: Heard) -> None:
    """Fill `heard` until the rate is known or the time is over."""
    client.on_connect, client.on_message = heard.on_connect, heard.on_message
    began = time.monotonic()
    while heard.refused is None and not heard.enough(began):
        if client.loop(0.2):
            client.reconnect()
    client.disconnect()


def forget(client: paho.Client, topics: Topics) -> bool:
    """Clear what the device left; whether the broker has acknowledged it."""
    left = {*topics.retained}
    sent: dict[int, str] = {}

    def on_connect(*_arguments: Any) -> None:
        for topic in left:
            sent[client.publish(topic, b"", qos=1, retain=True).mid] = topic

    def on_publish(_client: paho.Client, _userdata: Any, mid: int, *_rest: Any) -> None:
        left.discard(sent[mid])

    client.on_connect, client.on_publish = on_connect, on_publish
    began = time.monotonic()
    while left and time.monotonic() < began + CONNECT_S:
        if client.loop(0.2):
            break
    client.disconnect()
    return not left


def main(what: str, file: str, credential: str = "") -> int:
    """Watch or forget, and say what came of it."""
    path = Path(file)
    try:
        config = load(path)
        heard = Heard(config)
        client = client_for(config.mqtt, path.parent, credential)
        if what == "forget":
            return 0 if forget(client, heard.topics) else EX_UNAVAILABLE
        watch(client, heard)
    except (UserError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return EX_UNAVAILABLE
    broker = f"{config.mqtt.host}:{config.mqtt.port}"
    if not heard.times:
        print(heard.missing(broker), file=sys.stderr)
        return EX_UNAVAILABLE
    print(f"{heard.availability} at {broker} as {heard.topics.root}: {heard.told()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
