"""The landmark stream: connected is not delivered, and what is held back is told.

Time limits of the code are made shorter or longer where a test would have to wait for them.
"""

import asyncio
import signal
from pathlib import Path

import pytest

from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt import client as client_module
from edgepose.mqtt import dial as dial_module
from edgepose.mqtt import session as session_module
from edgepose.mqtt import window as window_module
from edgepose.mqtt.client import State
from edgepose.mqtt.window import MAX_UNSENT
from tests.harness.broker import Broker
from tests.mqtt.drive import (
    TOPICS,
    Stranger,
    Stream,
    client_for,
    connected,
    drive,
    in_trouble,
    pose,
    running,
    until,
)
from tests.mqtt.servers import UNSUBSCRIBE, Server, serving, through_to

A_WHILE = 3600.0
SIZE = 1200


def numbers(stranger: Stranger, topic: str = "/pose") -> list[int]:
    """The numbers of the poses that came."""
    return [int(message.payload) for message in stranger.on(topic)]


def test_before_a_connection_everything_is_offline() -> None:
    async def main() -> None:
        client = client_for(1)
        stream = Stream(client)
        assert client.stream_fate() == stream.offer() == "offline"
        async with running(client):
            assert stream.offer() == "offline"
        assert stream.offer() == "offline"

    drive(main())


@pytest.mark.parametrize(("version", "properties"), [("5", True), ("3.1.1", False)])
def test_a_pose_arrives_with_its_properties(broker: Broker, version: str, properties: bool) -> None:
    async def main() -> None:
        client = client_for(broker.port, version=version)
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            async with running(client):
                await connected(client)
                assert Stream(client).offer() == "published"
                await until(lambda: stranger.on("/packed"), "the pose")
        for message, kind in [
            (stranger.on("/pose")[0], "application/json"),
            (stranger.on("/pose/packed")[0], "x/packed"),
        ]:
            assert not message.retain
            assert int(message.payload) == 0
            told = message.properties
            assert getattr(told, "ContentType", None) == (kind if properties else None)
            # The broker tells what is left of the 3 s.
            assert getattr(told, "MessageExpiryInterval", None) in (
                (2, 3) if properties else (None,)
            )

    drive(main())


def test_a_slow_way_holds_nothing_back(broker: Broker) -> None:
    # Three poses late: 100 ms at 30 poses a second.
    async def main() -> Server:
        async with serving(through_to(broker.port, poses_late=3)) as way:
            client = client_for(way.port)
            async with running(client):
                await connected(client)
                session, stream = client._session, Stream(client)
                assert session is not None
                probes = way.count(UNSUBSCRIBE)
                for number in range(100):
                    probes += session.window.wants_probe
                    assert stream.offer() == "published"
                    # The broker's own time to answer does not count as a pose.
                    passed = (2 * number + 2, probes)
                    await until(lambda it=passed: (way.streamed, way.answers) == it, "the pose")  # type: ignore[misc]
        return way

    way = drive(main())
    # A probe is out most of the time, and never a second one.
    assert 100 // 5 <= way.count(UNSUBSCRIBE) <= 100 // 4 + 1


def test_while_an_answer_is_out_for_too_long_nothing_is_sent_and_then_it_goes_on(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any answer that is not there yet is late.
    monkeypatch.setattr(window_module, "HOLD_S", 0.0)

    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                stream = Stream(client)
                for _ in range(100):
                    assert [stream.offer(), stream.offer()] == ["published", "backpressure"]
                    await until(lambda: client.stream_fate() == "published", "the answer")
                await until(lambda: len(numbers(stranger)) >= len(stream.published), "all")
            assert numbers(stranger) == numbers(stranger, "/packed") == stream.published

    drive(main())


def test_a_broker_that_stops_gets_little_and_all_of_it(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_module, "HOLD_S", 0.1)

    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                stream = Stream(client)
                while len(stream.published) < 20:
                    stream.offer()
                    await asyncio.sleep(0)
                broker.signal(signal.SIGSTOP)
                try:
                    await stream.offer_until("backpressure")
                    sent = len(stream.published)
                    for _ in range(200):
                        assert stream.offer() == "backpressure"
                        await asyncio.sleep(0)
                    assert client.state is State.CONNECTED
                finally:
                    broker.signal(signal.SIGCONT)
                await stream.offer_until("published")
                assert len(stream.published) == sent + 1
                await until(lambda: numbers(stranger)[-1:] == stream.published[-1:], "the last")
            # What was said to be published came, all of it, and nothing else.
            assert numbers(stranger) == numbers(stranger, "/packed") == stream.published

    drive(main())


def wire_bytes(number: int) -> int:
    """The bytes of one pose's packets in MQTT 3.1.1, 3.3."""
    return sum(
        1 + 2 + 2 + len(message.topic) + len(message.payload) for message in pose(number, SIZE)
    )


def in_the_kernels(port: int) -> int:
    """Bytes on the way to a port of the loopback: not yet acknowledged, or not yet read.

    /proc/net/tcp tells both for each socket, as tx_queue:rx_queue.
    """
    found = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        unsent, unread = (int(number, 16) for number in queues.split(":"))
        if remote.endswith(f":{port:04X}"):
            found += unsent
        elif local.endswith(f":{port:04X}"):
            found += unread
    return found


def test_paho_never_keeps_more_than_a_few_poses(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Time alone would never hold the stream.
    monkeypatch.setattr(window_module, "HOLD_S", A_WHILE)

    async def main() -> int:
        client = client_for(broker.port, version="3.1.1")
        async with running(client):
            await connected(client)
            await until(lambda: in_the_kernels(broker.port) == 0, "quiet")
            stream = Stream(client, SIZE)
            broker.signal(signal.SIGSTOP)
            try:
                await until(lambda: offered_and_kept(stream, broker.port) > LEAST, "full kernels")
                for _ in range(5000):
                    assert stream.offer() == "backpressure"
                kept = offered_and_kept(stream, broker.port)
            finally:
                broker.signal(signal.SIGCONT)
            await stream.offer_until("published")
            return kept

    kept = drive(main())
    print(f"kept in paho: {kept} bytes, {kept / wire_bytes(0):.1f} poses")
    # The first of them may be written in part, and then a probe is kept, too.
    assert kept <= (MAX_UNSENT + 1) * wire_bytes(0)


LEAST = (MAX_UNSENT - 1) * wire_bytes(0)


def offered_and_kept(stream: Stream, port: int) -> int:
    """Offer a pose; the bytes of published ones that are not even in the kernels.

    Too few for a moment: what was taken over and not yet acknowledged counts on both ends.
    """
    stream.offer()
    return sum(wire_bytes(number) for number in stream.published) - in_the_kernels(port)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_that_stops_for_too_long_is_connected_to_anew(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(window_module, "HOLD_S", 0.05)
    monkeypatch.setattr(client_module, "TICK_S", 0.02)
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.02,))

    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port, version=version)
            async with running(client):
                await connected(client)
                stream = Stream(client)
                broker.signal(signal.SIGSTOP)
                try:
                    # While it stands still, and not before or behind it.
                    with monkeypatch.context() as impatient:
                        impatient.setattr(window_module, "STALLED_S", 0.2)
                        impatient.setattr(session_module, "CONNECT_S", 0.2)
                        await stream.offer_until("backpressure")
                        before = list(stream.published)
                        told = await in_trouble(client, "given up")
                        assert "connection given up: no answer for" in told
                        assert stream.offer() == "offline"
                        await in_trouble(client, "did not answer")
                finally:
                    broker.signal(signal.SIGCONT)
                await connected(client)
                await stream.offer_until("published")
                last = stream.published[-1]
                await until(lambda: last in numbers(stranger), "a pose by the new connection")
                # The will may have come meanwhile, but not behind it.
                await stranger.mark()
                assert stranger.availability()[-1] == "online"
            got = numbers(stranger)
            # Nothing twice, nothing out of order, nothing that was not said to be published.
            assert got == sorted(set(got))
            assert set(got) <= {*before, *stream.published}
            assert TOPICS.availability == stranger.on("/availability")[0].topic

    drive(main())


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_a_broker_that_stops_is_noticed_also_by_who_streams_nothing(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A device that is paused waits for a command."""
    monkeypatch.setattr(dial_module, "KEEPALIVE_S", 1)
    monkeypatch.setattr(session_module, "CONNECT_S", 0.2)
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.02,))

    async def main() -> None:
        client = client_for(broker.port, version=version)
        async with running(client):
            await connected(client)
            broker.signal(signal.SIGSTOP)
            try:
                await until(lambda: client.state is not State.CONNECTED, "the end")
            finally:
                broker.signal(signal.SIGCONT)
            await connected(client)

    drive(main())
