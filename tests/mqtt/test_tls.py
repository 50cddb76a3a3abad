"""TLS against a real mosquitto: what works, and what is said of each thing that does not."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from edgepose.mqtt import session as session_module
from edgepose.mqtt.client import Client
from edgepose.mqtt.probe import probe
from edgepose.mqtt.settings import Message, Received, SessionError, Settings, Tls
from edgepose.mqtt.tls import read_tls
from edgepose.mqtt.topics import Topics
from tests.harness.broker import Broker, Encryption
from tests.harness.daemon import DEVICE
from tests.harness.site import Site, connects, opened
from tests.harness.wait import wait_for
from tests.mqtt.certificates import Certificates
from tests.mqtt.drive import TOPICS, Stranger, Stream, connected, drive, in_trouble, running, until
from tests.mqtt.servers import read_packet

PUBLISH: Final = 0x3
USERS: Final = {"jo": "one"}
TOGETHER: Final = 15
"""Fewer than the broker has under way to one client."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def encryption(made: Certificates, name: str = "broker", clients: str | None = None) -> Encryption:
    who = None if clients is None else made.pem(clients)
    return Encryption(made.pem(name), made.key(name), who)


@pytest.fixture(scope="module")
def open_one(tmp_path_factory: pytest.TempPathFactory, made: Certificates) -> Iterator[Broker]:
    """A broker that wants no certificate of anybody."""
    with Broker(tmp_path_factory.mktemp("open"), encryption=encryption(made)) as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, made: Certificates) -> Iterator[Broker]:
    """A broker that wants a certificate by `ca`."""
    with Broker(
        tmp_path_factory.mktemp("strict"), encryption=encryption(made, clients="ca")
    ) as running:
        yield running


def tls(made: Certificates, cafile: str = "ca", device: str | None = None) -> Tls:
    if device is None:
        return read_tls(made.pem(cafile), None, None)
    return read_tls(made.pem(cafile), made.pem(device), made.key(device))


def client_of(port: int, tls: Tls | None, host: str = "127.0.0.1", **more: Any) -> Client:
    return Client(Settings(host, port, "edgepose-tested", tls=tls, **more), TOPICS)


async def works(client: Client, stranger: Stranger) -> None:
    """Poses go out, what must arrive is acknowledged, and commands are heard."""
    heard: list[Received] = []
    client.listen(lambda topics: topics.command("+"), heard.append)
    async with running(client):
        client.post(lambda: Message(TOPICS.event, b"{}", qos=1))
        client.retain(Message(TOPICS.health, b"{}", qos=1, retain=True))
        await connected(client)
        stream = Stream(client)
        while len(stream.published) < 30:
            stream.offer()
            await asyncio.sleep(0)
        for number in range(20):
            stranger._client.publish(TOPICS.command(f"c{number}"), b"", qos=1)
        await until(lambda: len(heard) >= 20, "twenty commands")
        assert [each.topic for each in heard] == [TOPICS.command(f"c{n}") for n in range(20)]
        await until(lambda: len(stranger.on("/pose")) >= 30, "thirty poses")
        assert [int(each.payload) for each in stranger.on("/pose")] == stream.published
        await until(lambda: not len(client.outbox), "the event's acknowledgement")
        assert await client.close(5), "everything acknowledged"
    await until(lambda: stranger.availability() == ["online", "offline"], "offline")
    assert [len(stranger.on(topic)) for topic in ("/event", "/health")] == [1, 1]


@pytest.mark.parametrize(
    ("version", "users", "device"),
    [
        ("5", None, None),
        ("3.1.1", USERS, "device"),
        pytest.param("5", USERS, "device", marks=pytest.mark.slow),
        pytest.param("5", USERS, None, marks=pytest.mark.slow),
        pytest.param("5", None, "device", marks=pytest.mark.slow),
        pytest.param("3.1.1", None, None, marks=pytest.mark.slow),
        pytest.param("3.1.1", None, "device", marks=pytest.mark.slow),
        pytest.param("3.1.1", USERS, None, marks=pytest.mark.slow),
    ],
)
def test_everything_works_over_tls(
    tmp_path: Path,
    made: Certificates,
    version: str,
    users: dict[str, str] | None,
    device: str | None,
) -> None:
    login = {} if users is None else {"username": "jo", "password": "one"}
    shown = encryption(made, clients=device and "ca")

    async def main(broker: Broker) -> None:
        with await asyncio.to_thread(Stranger, broker.port, **login) as stranger:
            tls_ = tls(made, device=device)
            client = client_of(broker.tls_port, tls_, "localhost", version=version, **login)
            await works(client, stranger)

    with Broker(tmp_path, users, encryption=shown) as broker:
        drive(main(broker))


@contextlib.asynccontextmanager
async def gathering(made: Certificates, port: int) -> AsyncIterator[int]:
    """The port of a way to the broker that is encrypted, and brings what it publishes only when
    there is a lot of it: all in one record of TLS."""
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(made.pem("broker"), made.key("broker"))
    tasks = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", port)

        async def back() -> None:
            waiting: list[bytes] = []
            while True:
                packet = await read_packet(from_broker)
                published = packet[0] >> 4 == PUBLISH
                waiting += [packet] if published else []
                if not published:
                    writer.write(packet)
                elif len(waiting) == TOGETHER:
                    writer.write(b"".join(waiting))
                    waiting.clear()

        async def forth() -> None:
            while True:
                to_broker.write(await read_packet(reader))

        both = asyncio.gather(back(), forth())
        tasks.append(both)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await both
        for end in (writer, to_broker):
            with contextlib.suppress(ConnectionError):
                end.close()
                await end.wait_closed()
        both.cancel()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=shown)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*tasks, return_exceptions=True)


def test_many_commands_in_one_record_of_tls_are_all_heard(
    broker: Broker, made: Certificates
) -> None:
    heard: list[Received] = []

    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            async with gathering(made, broker.port) as port:
                client = client_of(port, tls(made), version="5")
                client.listen(lambda topics: topics.command("+"), heard.append)
                async with running(client):
                    await connected(client)
                    for number in range(TOGETHER):
                        stranger._client.publish(TOPICS.command(f"c{number}"), b"", qos=1)
                    # Nothing else comes meanwhile that would wake the reader.
                    await until(lambda: len(heard) >= TOGETHER, "the commands", 5)

    drive(main())
    assert [each.topic for each in heard] == [TOPICS.command(f"c{n}") for n in range(TOGETHER)]


FROM_SOMEBODY_ELSE = "its certificate is not accepted: unable to get local issuer certificate;"
CLOCK = "; is the clock of this machine right? It shows 20"


def trouble_of(client: Client, text: str) -> str:
    async def main() -> str:
        async with running(client):
            return await in_trouble(client, text)

    return drive(main())


def test_a_broker_that_somebody_else_vouches_for(open_one: Broker, made: Certificates) -> None:
    trouble = trouble_of(client_of(open_one.tls_port, tls(made, "foreign")), FROM_SOMEBODY_ELSE)
    assert trouble.endswith("mqtt.cafile must hold who vouches for it")
    # Of the system's authorities none knows it either.
    trouble_of(client_of(open_one.tls_port, read_tls(None, None, None)), "mqtt.cafile must hold")


@pytest.mark.parametrize(
    ("name", "host", "text"),
    [
        ("elsewhere", "localhost", "Hostname mismatch, certificate is not valid for 'localhost'"),
        pytest.param(
            "elsewhere",
            "127.0.0.1",
            "IP address mismatch, certificate is not valid for '127.0.0.1'",
            marks=pytest.mark.slow,
        ),
        ("expired", "localhost", f"certificate has expired{CLOCK}"),
        ("early", "localhost", f"certificate is not yet valid{CLOCK}"),
    ],
)
def test_a_broker_with_a_bad_certificate(
    tmp_path: Path, made: Certificates, name: str, host: str, text: str
) -> None:
    with Broker(tmp_path, encryption=encryption(made, name)) as broker:
        trouble = trouble_of(client_of(broker.tls_port, tls(made), host), text)
        said = f"{host}:{broker.tls_port}: its certificate is not accepted: {text}"
        # With `CLOCK` a date follows.
        assert trouble == said or (text.endswith(CLOCK) and trouble.startswith(said))


@pytest.mark.parametrize(
    "version",
    [
        "auto",
        pytest.param("5", marks=pytest.mark.slow),
        pytest.param("3.1.1", marks=pytest.mark.slow),
    ],
)
def test_a_broker_that_wants_a_certificate_of_us(
    strict: Broker, made: Certificates, version: str
) -> None:
    missing = client_of(strict.tls_port, tls(made), version=version)
    trouble_of(missing, "wants a certificate of this device: mqtt.certfile and mqtt.keyfile")
    foreign = client_of(strict.tls_port, tls(made, device="stranger"), version=version)
    trouble_of(foreign, "does not accept this device's certificate (tlsv1 alert unknown ca)")


def test_tls_where_the_broker_speaks_none_and_the_other_way_round(
    open_one: Broker, made: Certificates
) -> None:
    text = "ended the connection within the TLS handshake; brokers mostly speak TLS on port 8883"
    trouble_of(client_of(open_one.port, tls(made)), text)
    for version in ("5", "3.1.1"):
        plain = client_of(open_one.tls_port, None, version=version)
        trouble_of(plain, "before it answered; if it wants TLS on this port: mqtt.tls")


def test_a_port_that_answers_tls_with_something_else(made: Certificates) -> None:
    async def shout(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(shout, "127.0.0.1", 0)
        async with server:
            client = client_of(server.sockets[0].getsockname()[1], tls(made))
            async with running(client):
                await in_trouble(client, "does not speak TLS on this port")

    drive(main())


def test_a_port_that_says_nothing(made: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = client_of(silent.getsockname()[1], tls(made))
        trouble_of(client, "accepts connections but does not answer within the TLS handshake")


def test_asking_a_broker_over_tls(strict: Broker, made: Certificates) -> None:
    def ask(tls: Tls | None) -> None:
        drive(probe(Settings("127.0.0.1", strict.tls_port, "edgepose-tested", tls=tls)))

    ask(tls(made, device="device"))
    with pytest.raises(SessionError, match="wants a certificate of this device"):
        ask(tls(made))
    with pytest.raises(SessionError, match=r"mqtt\.cafile must hold"):
        ask(tls(made, "foreign", "device"))
    with pytest.raises(SessionError, match=r"mqtt\.tls"):
        ask(None)


@pytest.mark.slow
@pytest.mark.parametrize("cafile", ["ca", "foreign"], ids=["behind", "in"])
def test_a_handshake_that_failed_leaves_nothing_open(
    strict: Broker, made: Certificates, cafile: str
) -> None:
    """What fails behind the handshake is our certificate, in it the broker's. A socket that only
    the collector closes would be a ResourceWarning, and fail this too."""

    def descriptors() -> int:
        return len([*Path("/proc/self/fd").iterdir()])

    async def main() -> None:
        settings = Settings("127.0.0.1", strict.tls_port, "edgepose-tested", tls=tls(made, cafile))
        before = descriptors()
        for _ in range(20):
            with pytest.raises(SessionError):
                await probe(settings)
            assert descriptors() == before

    drive(main())


def test_a_certificate_s_file_may_hold_its_key(strict: Broker, made: Certificates) -> None:
    both = read_tls(made.pem("ca"), made.pem("both"), None)
    drive(probe(Settings("127.0.0.1", strict.tls_port, "edgepose-tested", tls=both)))


@pytest.mark.slow
@pytest.mark.usefixtures("model_full")
def test_new_certificates_are_a_new_connection(
    tmp_path: Path, strict: Broker, made: Certificates
) -> None:
    def put(certificate: str, key: str) -> None:
        (tmp_path / "device.pem").write_bytes(made.pem(certificate).read_bytes())
        (tmp_path / "device.key").write_bytes(made.key(key).read_bytes())

    def reload(site: Site) -> dict[str, Any]:
        """What is told of it: the file is the same, so it is asked for, not noticed."""
        before = len(site.stranger.configs())
        site.stranger.publish(Topics("edgepose", DEVICE).command("reload"))
        wait_for(lambda: len(site.stranger.configs()) > before, 20, "the report")
        told: dict[str, Any] = site.stranger.configs()[-1]["last"]
        return told

    files = {"cafile": str(made.pem("ca")), "certfile": "device.pem", "keyfile": "device.key"}
    config = {"mqtt": {"port": strict.tls_port, "tls": True, **files}}
    put("device", "device")
    before = len(connects(strict, strict.folder))
    with opened(tmp_path, strict, config) as site:
        site.stranger.wait_poses(1)
        assert reload(site)["result"] == "accepted"
        assert len(connects(strict, strict.folder)) == before + 1
        put("renewed", "renewed")
        assert reload(site)["result"] == "accepted"
        # One to ask, and the one that works.
        wait_for(
            lambda: len(connects(strict, strict.folder)) == before + 3, 10, "the new connection"
        )
        site.fresh_poses()
        # A renewal that is half done.
        put("renewed", "device")
        refused = reload(site)
        assert refused["result"] == "refused"
        assert refused["errors"][0]["key"] == "mqtt.certfile"
        assert "do not belong together" in refused["errors"][0]["message"]
        # One whom the broker does not know.
        put("stranger", "stranger")
        refused = reload(site)
        assert refused["result"] == "refused"
        assert "does not accept this device's certificate" in refused["errors"][0]["message"]
        site.fresh_poses()
        site.end()
