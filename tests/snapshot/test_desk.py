"""The daemon's socket: who is heard, for how long, and what is said. No vision process runs."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from edgepose.errors import UserError
from edgepose.messages import json_format
from edgepose.messages.observation import Observation
from edgepose.messages.picture import Picture
from edgepose.messages.pose import Landmark, Person
from edgepose.mqtt.client import Client
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics
from edgepose.service.counters import Counters
from edgepose.service.sharing import Sharing
from edgepose.service.vision import Vision
from edgepose.snapshot import ask as asking
from edgepose.snapshot import desk as desks
from edgepose.snapshot.ask import ask
from edgepose.snapshot.desk import MOST, Desk
from edgepose.snapshot.words import NAME, Answer, Request
from tests.harness.alone import only_as_root

T = TypeVar("T")
LIMIT_S = 20.0
SOMEBODY = Person(tuple(Landmark(0.25, i / 33, 0.0, 0.9, 1.0) for i in range(33)), id=7)


class House:
    """A desk, and what stands behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        client = Client(Settings("127.0.0.1", 1, "edgepose-hall"), Topics("edgepose", "hall"))
        self.vision = Vision(Counters(), lambda _observation: "published", lambda: None)
        self.sharing = Sharing(client, self.vision)
        self.desk = Desk(folder, self.vision, self.sharing)
        self.client = client

    def see(self, frame: int, *people: Person, mirrored: bool = False) -> None:
        observation = Observation(frame, frame * 10**9, frame * 10**9, (640, 480), people)
        self.desk.see(observation, lambda: people, mirrored=mirrored)

    async def seen(self, frame: int, *people: Person) -> None:
        """A frame comes as soon as somebody waits for it."""
        while not self.desk._waiting:  # noqa: ASYNC110 - nothing else tells when
            await asyncio.sleep(0.005)
        self.see(frame, *people)

    async def show(self, frame: int, jpeg: bytes, *people: Person, late: bool = False) -> None:
        """A picture comes as soon as somebody waits for it, behind its observation; `late`: the
        daemon has heard of that too late."""
        while not any(not still.done() for still in self.vision._stills):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
        if not late:
            self.see(frame, *people)
        self.vision._take_picture(Picture(frame, 0, (640, 480), jpeg, still=True))

    async def ask(self, *, picture: bool = False) -> Answer:
        return await asyncio.to_thread(ask, self.folder, Request(picture=picture))

    async def refused(self, *, picture: bool = False) -> str:
        with pytest.raises(UserError) as error:
            await self.ask(picture=picture)
        return str(error.value)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    house = House(folder)
    await house.desk.open()
    try:
        yield house
    finally:
        await house.desk.close()


def drive(main: Coroutine[Any, Any, T]) -> T:
    async def limited() -> T:
        async with asyncio.timeout(LIMIT_S):
            return await main

    return asyncio.run(limited())


def connect(folder: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(LIMIT_S)
    connection.connect(str(folder / NAME))
    return connection


async def nobody_asks(house: House) -> None:
    """Wait until everybody has been let go."""
    while house.desk._clients:  # noqa: ASYNC110 - nothing else tells when
        await asyncio.sleep(0.005)


def read_all(connection: socket.socket) -> bytes:
    got = b""
    while part := connection.recv(65536):
        got += part
    return got


def test_the_next_frame_is_the_answer(tmp_path: Path) -> None:
    async def main() -> Answer:
        async with opened(tmp_path) as house:
            house.see(1)
            answer, _ = await asyncio.gather(house.ask(), house.seen(5, SOMEBODY))
            assert house.desk._seen == {}
            return answer

    answer = drive(main())
    pose = json_format.decode(answer.pose)
    assert (pose.frame, pose.size, pose.set, answer.jpeg) == (5, (640, 480), "blazepose33", b"")
    assert [person.id for person in pose.people] == [7]


def test_a_picture_comes_with_the_people_of_its_own_frame(tmp_path: Path) -> None:
    async def main() -> Answer:
        async with opened(tmp_path) as house:
            house.sharing.allow(("snapshot",))
            answer = asyncio.create_task(house.ask(picture=True))
            await house.show(8, b"jpeg 8", late=True)
            await house.show(9, b"jpeg 9", SOMEBODY)
            return await answer

    answer = drive(main())
    pose = json_format.decode(answer.pose)
    assert (pose.frame, len(pose.people), answer.jpeg) == (9, 1, b"jpeg 9")


def test_nobody_but_this_user_and_root_reaches_it(tmp_path: Path) -> None:
    async def main() -> None:
        before = os.umask(0)
        try:
            async with opened(tmp_path):
                assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
        finally:
            os.umask(before)
        assert not (tmp_path / NAME).exists()

    drive(main())


def test_another_user_is_not_heard_though_he_gets_in(tmp_path: Path) -> None:
    only_as_root()

    def as_nobody() -> bytes:
        """What another user gets, in a process of its own."""
        ours, theirs = socket.socketpair()
        child = os.fork()
        if child == 0:
            try:
                os.setuid(65534)
                connection = connect(tmp_path)
                connection.sendall(b'{"v":1,"picture":false}\n')
                theirs.sendall(b"got:" + read_all(connection))
            finally:
                os._exit(0)
        theirs.close()
        with ours:
            got = read_all(ours)
        os.waitpid(child, 0)
        return got

    async def main() -> bytes:
        async with opened(tmp_path):
            for each in (tmp_path, *tmp_path.parents[:3]):
                each.chmod(0o755)
            (tmp_path / NAME).chmod(0o666)
            return await asyncio.to_thread(as_nobody)

    assert drive(main()) in (b"got:", b"")


@pytest.mark.parametrize(
    "said",
    [b"\n", b"{}\n", b"GET / HTTP/1.1\r\n", b'{"v":2,"picture":true}\n', b"[" * 5000, b"\xff\n"],
)
def test_what_is_not_understood_is_answered_so(tmp_path: Path, said: bytes) -> None:
    def exchange() -> bytes:
        with connect(tmp_path) as connection:
            connection.sendall(said)
            return read_all(connection)

    async def main() -> bytes:
        async with opened(tmp_path):
            return await asyncio.to_thread(exchange)

    answer = json.loads(drive(main()))
    assert (answer["ok"], answer["error"]) == (False, "malformed")


def test_who_says_nothing_and_who_does_not_read_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are answered meanwhile, as many as there may be."""
    monkeypatch.setattr(desks, "ASK_S", 0.5)
    monkeypatch.setattr(desks, "READ_S", 0.2)

    async def main() -> None:
        async with opened(tmp_path) as house:
            house.sharing.allow(("snapshot",))
            silent = [await asyncio.to_thread(connect, tmp_path) for _ in range(MOST)]
            said = await asyncio.to_thread(read_all, silent[0])
            assert b"nothing was asked" in said
            await nobody_asks(house)
            deaf = await asyncio.to_thread(connect, tmp_path)
            deaf.sendall(b'{"v":1,"picture":true}\n')
            await house.show(1, bytes(8_000_000))
            await nobody_asks(house)
            answer, _ = await asyncio.gather(house.ask(), house.seen(5))
            assert json_format.decode(answer.pose).people == ()
            for each in (*silent, deaf):
                each.close()

    drive(main())


def test_more_than_there_may_be_are_told_so(tmp_path: Path) -> None:
    async def main() -> str:
        async with opened(tmp_path) as house:
            others = [await asyncio.to_thread(connect, tmp_path) for _ in range(MOST)]
            while len(house.desk._clients) < MOST:  # noqa: ASYNC110 - nothing else tells when
                await asyncio.sleep(0.005)
            said = await house.refused()
            for each in others:
                each.close()
            return said

    assert drive(main()) == "4 others ask already; try it again"


def test_why_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "FRAME_S", 0.1)

    async def main() -> None:
        async with opened(tmp_path) as house:
            said = await house.refused()
            assert said.startswith("no frame was looked at within 0.1 s: camera and engine may")
            assert "set snapshot.camera_picture to true" in await house.refused(picture=True)
            house.sharing.allow(("snapshot",), old=True)
            assert "OLD CONFIG" in await house.refused(picture=True)
            house.vision._set_camera("missing")
            house.vision._trouble = "camera: /dev/video0 is not there"
            assert await house.refused() == "camera missing: camera: /dev/video0 is not there"
            house.vision._set_camera("stalled")
            house.vision._trouble = "camera stalled: no frame for 3.1 s"
            assert await house.refused() == "camera stalled: no frame for 3.1 s"
            house.vision.pause()
            assert await house.refused() == "detection is paused, and the camera closed"

    drive(main())


def test_a_picture_that_is_forbidden_meanwhile_is_none(tmp_path: Path) -> None:
    async def main() -> str:
        async with opened(tmp_path) as house:
            house.sharing.allow(("snapshot",))
            asked = asyncio.create_task(house.refused(picture=True))
            while not house.vision._stills:  # noqa: ASYNC110 - nothing else tells when
                await asyncio.sleep(0.005)
            house.sharing.allow(())
            return await asked

    assert "set snapshot.camera_picture to true" in drive(main())


def test_one_that_was_killed_left_its_socket(tmp_path: Path) -> None:
    async def main() -> None:
        left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        left.bind(str(tmp_path / NAME))
        left.close()
        with pytest.raises(UserError, match="no edgepose runs as a service here"):
            ask(tmp_path, Request(picture=False))
        async with opened(tmp_path) as house:
            await asyncio.gather(house.ask(), house.seen(1))

    drive(main())


def test_where_none_can_be_made_the_daemon_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with opened(tmp_path / ("deep" * 40)):
            pass

    drive(main())
    assert len(caplog.messages) == 1
    assert "`edgepose snapshot` will not work" in caplog.messages[0]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "is no answer: it breaks off"),
        (b"HTTP/1.1 200 OK\n", "is no answer: no JSON"),
        (b'{"v":1,"ok":true,"camera":"ok","pose":9,"jpeg":0}\nabc', "the answer breaks off"),
        (b'{"v":1,"ok":true,"camera":"ok","pose":99999999999,"jpeg":0}\n', "cannot be understood"),
        (b'{"v":1,"ok":false,"error":"new","message":"as it is"}\n', "as it is"),
        (None, "no answer within 0.2 s"),
    ],
)
def test_the_command_believes_no_answer_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes | None, words: str
) -> None:
    monkeypatch.setattr(asking, "LIMIT_S", 0.2)

    async def main() -> str:
        ended = asyncio.Event()

        async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            if said is None:
                await reader.read()
            else:
                writer.write(said)
            writer.close()
            await writer.wait_closed()
            ended.set()

        async with await asyncio.start_unix_server(say, tmp_path / NAME):
            told = await House(tmp_path).refused()
            await ended.wait()
            return told

    assert words in drive(main())
