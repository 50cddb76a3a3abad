"""A subscriber to MediaPipe's result as plain JSON: `python -m tests.bench.plain_subscriber PORT
BASE`. It decodes each message and prints a line of JSON for it, as `edgepose watch --json` does."""

import json
import sys
import time
from typing import Any

from paho.mqtt import client as paho

from tests.bench.listener import bare_client


def main(port: int, base: str) -> None:
    """Print what comes, for ever."""

    def take(_client: paho.Client, _userdata: Any, message: Any) -> None:
        _, device, kind = message.topic.split("/")
        decoded = json.loads(message.payload) if kind == "pose" else message.payload.decode()
        head = {"received_us": time.time_ns() // 1000, "device": device, "kind": kind}
        sys.stdout.write(json.dumps({**head, "message": decoded}) + "\n")
        sys.stdout.flush()

    client = bare_client()
    client.on_connect = lambda each, *_: each.subscribe(
        [(f"{base}/+/pose", 0), (f"{base}/+/availability", 0)]
    )
    client.on_message = take
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
