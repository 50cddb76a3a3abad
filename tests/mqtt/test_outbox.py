"""What must arrive: kept while the broker is away, in order, and again after a broken end."""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from edgepose.mqtt import backoff as backoff_module
from edgepose.mqtt.client import Client, State
from edgepose.mqtt.outbox import MOST, Outbox
from edgepose.mqtt.settings import Message
from edgepose.mqtt.topics import Topics
from tests.harness.broker import Broker
from tests.mqtt.connect_packet import Connect
from tests.mqtt.drive import TOPICS, Stranger, Stream, client_for, connected, drive, running, until
from tests.mqtt.servers import PUBLISH_QOS_0, Answer, Server, read_packet, serving, through_to

OTHER = Topics("edgepose", "other")
PUBACK, SUBACK = 0x4, 0x9
NOT_AUTHORIZED = b"\x87"


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has lost its broker tries again at once."""
    monkeypatch.setattr(backoff_module, "_DELAYS_S", (0.05,))


def post(client: Client, number: int) -> None:
    client.post(lambda: Message(client.topics.event, str(number).encode(), qos=1))


def post_all(client: Client, numbers: range) -> None:
    for number in numbers:
        post(client, number)


def came(stranger: Stranger, topics: Topics = TOPICS) -> list[int]:
    return [int(m.payload) for m in stranger.messages if m.topic == topics.event]


async def emptied(client: Client) -> None:
    await until(lambda: not len(client.outbox), "every acknowledgement")


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_what_happens_before_the_connection_comes_behind_it_in_order(
    broker: Broker, version: str
) -> None:
    """Some more than may be under way at a time."""

    async def main() -> list[int]:
        with await asyncio.to_thread(Stranger, broker.port, TOPICS.event) as stranger:
            client = client_for(broker.port, version=version)
            post_all(client, range(60))
            async with running(client):
                await connected(client)
                post_all(client, range(60, 65))
                await emptied(client)
                await until(lambda: len(came(stranger)) >= 65, "the events")
                assert client.outbox.dropped == 0
                return came(stranger)

    assert drive(main()) == [*range(65)]


def test_events_go_with_qos_1(broker: Broker) -> None:
    async def main() -> Server:
        async with serving(through_to(broker.port)) as way:
            client = client_for(way.port)
            async with running(client):
                await connected(client)
                sent = len(way.packets)
                post(client, 1)
                await emptied(client)
                assert [packet for packet in way.packets[sent:] if packet >> 4 == 3] == [0x32]
        return way

    assert PUBLISH_QOS_0 not in drive(main()).packets


@pytest.mark.usefixtures("soon")
def test_of_too_many_the_oldest_are_dropped_and_counted(broker: Broker) -> None:
    async def main() -> list[int]:
        client = client_for(broker.port)
        broker.stop()
        async with running(client):
            await until(lambda: client.trouble, "the trouble")
            post_all(client, range(MOST + 7))
            assert (len(client.outbox), client.outbox.dropped) == (MOST, 7)
            broker.start()
            # On the loop's own thread, so that the client says nothing before it listens.
            with Stranger(broker.port, TOPICS.event) as stranger:
                await connected(client)
                await emptied(client)
                assert client.outbox.dropped == 7
                await until(lambda: came(stranger)[-1:] == [MOST + 6], "the last one")
                return came(stranger)

    assert drive(main()) == [*range(7, MOST + 7)]


Change = Callable[[Server, bytes], bytes | None]


def changing(port: int, change: Change) -> Answer:
    """A way to the broker on which `change` decides what comes of each packet on its way back."""

    async def answer(
        seen: Server, connect: Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", port)
        to_broker.write(connect.raw)

        async def back() -> None:
            while True:
                writer.write(change(seen, await read_packet(from_broker)) or b"")

        backwards = asyncio.create_task(back())
        try:
            while True:
                to_broker.write(await read_packet(reader))
        finally:
            backwards.cancel()
            await asyncio.gather(backwards, return_exceptions=True)
            to_broker.close()

    return answer


@pytest.mark.usefixtures("soon")
def test_what_was_not_acknowledged_goes_again(broker: Broker) -> None:
    async def main() -> list[int]:
        kept = asyncio.Event()

        def change(seen: Server, packet: bytes) -> bytes | None:
            swallow = seen.accepted == 1 and kept.is_set() and packet[0] >> 4 == PUBACK
            return None if swallow else packet

        with await asyncio.to_thread(Stranger, broker.port, TOPICS.event) as stranger:
            async with serving(changing(broker.port, change)) as way:
                client = client_for(way.port)
                async with running(client):
                    await connected(client)
                    post(client, 1)
                    await emptied(client)
                    kept.set()
                    post_all(client, range(2, 5))
                    await until(lambda: came(stranger) == [1, 2, 3, 4], "the events")
                    assert len(client.outbox) == 3
                    session = client._session
                    assert session is not None
                    session.abort("the test ends it")
                    post(client, 5)
                    await until(lambda: client._session not in (None, session), "the next one")
                    await emptied(client)
                    await until(lambda: len(came(stranger)) >= 8, "all of it")
        return came(stranger)

    assert drive(main()) == [1, 2, 3, 4, 2, 3, 4, 5]


def test_a_broker_that_has_stopped_gets_them_when_it_goes_on(broker: Broker) -> None:
    async def main() -> list[int]:
        with await asyncio.to_thread(Stranger, broker.port, TOPICS.event) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                broker.signal(signal.SIGSTOP)
                try:
                    stream = Stream(client)
                    await stream.offer_until("backpressure")
                    # More than may be under way; then the stream is held, and they are not.
                    post_all(client, range(30))
                    assert len(client.outbox) == 30
                finally:
                    broker.signal(signal.SIGCONT)
                await emptied(client)
                await until(lambda: len(came(stranger)) >= 30, "the events")
        return came(stranger)

    assert drive(main()) == [*range(30)]


def test_under_another_name_they_go_to_its_topic(broker: Broker) -> None:
    async def main() -> tuple[list[int], list[int]]:
        with await asyncio.to_thread(Stranger, broker.port, "edgepose/+/event") as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                post(client, 1)
                await emptied(client)
                client.hold(True)
                post_all(client, range(2, 5))
                await client.move(client.settings, OTHER)
                post(client, 5)
                await connected(client)
                await emptied(client)
                await until(lambda: len(came(stranger, OTHER)) >= 4, "the events")
                return came(stranger), came(stranger, OTHER)

    assert drive(main()) == ([1], [2, 3, 4, 5])


def test_what_was_held_for_a_move_that_is_off_goes_out(broker: Broker) -> None:
    async def main() -> list[int]:
        with await asyncio.to_thread(Stranger, broker.port, TOPICS.event) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                client.hold(True)
                post_all(client, range(3))
                assert len(client.outbox) == 3
                client.hold(False)
                await emptied(client)
                await until(lambda: len(came(stranger)) >= 3, "the events")
        return came(stranger)

    assert drive(main()) == [0, 1, 2]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_what_the_broker_s_rules_deny_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, version: str
) -> None:
    """MQTT 3.1.1 has no word for it: who publishes there is never told."""
    denied = f"topic deny {TOPICS.health}"
    with Broker(tmp_path, rules=["topic readwrite edgepose/#", denied]) as broker:

        async def main() -> None:
            client = client_for(broker.port, version=version)
            async with running(client):
                await connected(client)
                for number in range(5):
                    health = Message(TOPICS.health, str(number).encode(), qos=1, retain=True)
                    client.retain(health)
                post(client, 1)
                # A denied message is done with, and so is all behind it.
                await emptied(client)
                session = client._session
                assert session is not None
                await until(lambda: not session.receipts.waiting, "every acknowledgement")
                # On the next connection it is no news any more.
                broker.stop()
                await until(lambda: client.state is not State.CONNECTED, "the end")
                broker.start()
                await connected(client)
                again = client._session
                assert again is not None
                await until(lambda: not again.receipts.waiting, "every acknowledgement")

        drive(main())
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    publish = f"MQTT: the broker does not let us publish on {TOPICS.health}"
    assert told.count(publish) == (1 if version == "5" else 0)


def test_who_may_not_hear_is_told(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    """mosquitto's ACL file lets everybody subscribe, and then sends nothing."""

    def deny(_seen: Server, packet: bytes) -> bytes:
        # Its last byte is the reason code of the last topic.
        return packet[:-1] + NOT_AUTHORIZED if packet[0] >> 4 == SUBACK else packet

    async def main() -> None:
        async with serving(changing(broker.port, deny)) as way:
            client = client_for(way.port)
            client.listen(lambda topics: topics.command("+"), lambda _received: None)
            async with running(client):
                await connected(client)

    drive(main())
    warnings = [r.getMessage() for r in caplog.records]
    # The last one that is asked for before the name is claimed, and what is asked for then.
    denied = [TOPICS.result("announce"), TOPICS.command("+")]
    assert warnings == [f"MQTT: the broker does not let us read {topic}" for topic in denied]


def test_a_publish_that_fails_leaves_the_rest_for_later() -> None:
    outbox, sent = Outbox(), list[bytes]()
    for number in range(3):
        outbox.put(lambda n=number: Message("t", str(n).encode(), qos=1))  # type: ignore[misc]

    def publish(message: Message) -> int | None:
        if len(sent) == 2:
            return None
        sent.append(message.payload)
        return len(sent)

    outbox.flush(publish)
    outbox.acknowledged(2)
    outbox.acknowledged(99)
    assert (sent, len(outbox)) == ([b"0", b"1"], 2)
    sent.clear()
    outbox.begin()
    outbox.flush(publish)
    assert sent == [b"0", b"2"]
