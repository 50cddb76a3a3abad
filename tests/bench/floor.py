"""The floor under the delays: a message from one bare paho client to another through a broker.

Runs on the caller's thread, which publishes, and on paho's of the listener.
"""

import itertools
import struct
import threading
from typing import Final

from tests.bench.listener import Listener, bare_client
from tests.bench.setting import boottime_ns

TOPIC: Final = "bench/floor"
_STAMP: Final = struct.Struct("<Q")


def floor_ms(port: int, sizes: list[int], count: int, settle: int, rate: float) -> list[float]:
    """Delays in ms of `count` messages, `rate` a second, as long as `sizes` say in turn.

    The first `settle` messages of the connection do not count.
    """
    delays_ms: list[float] = []

    def on_message(_topic: str, payload: bytes) -> bool:
        delays_ms.append((boottime_ns() - _STAMP.unpack_from(payload)[0]) / 1e6)
        return len(delays_ms) == count + settle

    publisher = bare_client()
    publisher.connect("127.0.0.1", port)
    while not publisher.is_connected():
        publisher.loop(0.1)
    pause = threading.Event()
    with Listener(port, [TOPIC], on_message) as listener:
        # Without a thread of its own, paho writes within `publish`: the shortest way there is.
        for size in itertools.islice(itertools.cycle(sizes), count + settle):
            pause.wait(1 / rate)
            publisher.publish(TOPIC, _STAMP.pack(boottime_ns()).ljust(size, b"\0"))
        listener.wait(10, lambda: f"{count} messages of the floor")
    publisher.disconnect()
    return delays_ms[settle:]
